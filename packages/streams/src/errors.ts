import { CodedError, type CodedErrorOptions } from '@nagare/base';
import { SerdeError } from '@nagare/serdes';

/** Every error that a streams application can meet. */
export const streamsErrors = {
  NAGARE_STREAMS_TOPOLOGY: 'The topology cannot be built',
  NAGARE_STREAMS_CONFIG: 'The configuration is wrong',
  NAGARE_STREAMS_USER_FUNCTION: 'A function of the application threw',
  NAGARE_STREAMS_CALL_TIMEOUT: 'A call of mapAsync took too long',
  NAGARE_STREAMS_SERIALIZATION: 'A record cannot be serialized',
  NAGARE_STREAMS_RECORD_REFUSED: 'A topic does not take a result',
  NAGARE_STREAMS_DESERIALIZATION: 'A record cannot be deserialized',
  NAGARE_STREAMS_TIMESTAMP: 'A record has no usable timestamp',
  NAGARE_STREAMS_LATE_EMISSION:
    'An operator emitted outside the processing of a record; asynchronous work belongs in mapAsync',
  NAGARE_STREAMS_STORE_UNKNOWN: 'The node has no such state store',
  NAGARE_STREAMS_STORE_NOT_ORDERED: 'The state store was made without ranges',
  NAGARE_STREAMS_STATE_LOCKED: 'Another process holds the state directory',
  NAGARE_STREAMS_STATE_FAILED: 'A state store failed',
  NAGARE_STREAMS_TOPIC_MISSING: 'A topic does not exist',
  NAGARE_STREAMS_NOT_COPARTITIONED: 'Topics that are joined must have the same number of partitions',
  NAGARE_STREAMS_INTERNAL_TOPIC: 'An internal topic does not fit the topology',
  NAGARE_STREAMS_BUFFER_FULL: 'More changes wait than suppress() may hold back',
  NAGARE_STREAMS_NOT_RUNNING: 'The application is not running',
  NAGARE_STREAMS_REBALANCING: 'Partitions are being moved',
  NAGARE_STREAMS_THREAD_FAILED: 'A thread of the application has failed',
  NAGARE_STREAMS_QUERY_STORE: 'No such store can be queried so',
  NAGARE_STREAMS_NOT_OWNED: 'This process does not have the partition',
  NAGARE_STREAMS_OWNER_UNREACHABLE: 'The process that has the partition gave no answer',
} as const;

export type StreamsErrorCode = keyof typeof streamsErrors;

/** A failure of a streams application that its author or operator can act on. */
export class StreamsError extends CodedError {
  override readonly name = 'StreamsError';
  readonly code: StreamsErrorCode;

  constructor(code: StreamsErrorCode, detail: string, options: CodedErrorOptions = {}) {
    super(`${streamsErrors[code]}: ${detail}`, options);
    this.code = code;
  }
}

/** Gives whatever was thrown inside a node its code and its place. */
export function nodeError(error: unknown, where: string): StreamsError {
  if (error instanceof StreamsError) return error;
  const code = error instanceof SerdeError ? 'NAGARE_STREAMS_SERIALIZATION' : 'NAGARE_STREAMS_USER_FUNCTION';
  const reason = error instanceof Error ? error.message : String(error);
  return new StreamsError(code, `${where}: ${reason}`, { cause: error });
}
