import { StreamsError } from '../errors.ts';
import { noHeaders, type RawRecord, type RecordMetadata } from '../record.ts';
import type { OutputRecord } from './output.ts';

/** What to do with a record that cannot be deserialized: end the application, drop the record, or keep it aside. */
export type DeserializationDecision = 'fail' | 'continue' | 'dead-letter';

/** Decides about one record. */
export type DeserializationHandler = (error: unknown, record: RawRecord & RecordMetadata) => DeserializationDecision;

/** What is done about records that cannot be read. */
export interface DeserializationPolicy {
  readonly decide: DeserializationHandler;
  /** The topic of dead letters, which must exist. */
  readonly deadLetterTopic: string | undefined;
}

/** The error that ends a task because of a record. */
export function deserializationFailure(error: unknown, { topic, partition, offset }: RecordMetadata): StreamsError {
  const reason = error instanceof Error ? error.message : String(error);
  const detail = `${topic}-${partition} at offset ${offset}: ${reason}`;
  return new StreamsError('NAGARE_STREAMS_DESERIALIZATION', detail, { cause: error });
}

/** The dead letter of a record: its bytes as they were, and what went wrong in headers that Kafka Streams has too. */
export function deadLetter(
  error: unknown,
  record: RawRecord & RecordMetadata,
  policy: Pick<DeserializationPolicy, 'deadLetterTopic'>,
): OutputRecord {
  const { deadLetterTopic } = policy;
  if (deadLetterTopic === undefined) {
    const detail = 'a handler answered dead-letter, but errors.dead.letter.queue.topic.name is not set';
    throw new StreamsError('NAGARE_STREAMS_CONFIG', detail, { cause: error });
  }
  const { key, value, timestamp, topic, partition, offset } = record;
  const details = Object.entries({
    exception: error instanceof Error ? error.name : typeof error,
    message: error instanceof Error ? error.message : String(error),
    stacktrace: error instanceof Error ? (error.stack ?? '') : '',
    topic: topic === '' ? null : topic,
    partition: String(partition),
    offset: String(offset),
  });
  const headers = details.map(([name, text]) => ({
    key: `__streams.errors.${name}`,
    value: text === null ? null : Buffer.from(text),
  }));
  return {
    topic: deadLetterTopic,
    partition: undefined,
    partitionBy: key,
    key,
    value,
    timestamp,
    headers: [...(record.headers ?? noHeaders), ...headers],
  };
}
