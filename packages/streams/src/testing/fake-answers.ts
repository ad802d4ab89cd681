import { ClientError, type ConfigEntry, type TopicPartition } from '@nagare/client';

/** What the fake calls a partition. */
export function nameOf({ topic, partition }: TopicPartition): string {
  return `${partition} ${topic}`;
}

/** What a refusal by a broker looks like. */
export function kafkaError(kafka: 'UNKNOWN_TOPIC_OR_PARTITION' | 'ILLEGAL_GENERATION'): ClientError {
  return new ClientError('NAGARE_CLIENT_KAFKA', kafka, { kafka });
}

/** A setting that a topic was given. */
export function configEntry(name: string, value: string): ConfigEntry {
  return { name, value, source: 'topic', isDefault: false, readOnly: false, isSensitive: false, documentation: null };
}
