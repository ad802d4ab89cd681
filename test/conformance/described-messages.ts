import { apis, type MessageSchema, metadataRecords, storedRecords } from '@nagare/protocol';
import type { KafkaMessage } from './kafka-definitions.ts';

/** A message that we describe, beside Kafka's definition of it. */
export interface DescribedMessage {
  readonly name: string;
  readonly ours: MessageSchema;
  readonly kafka: KafkaMessage;
  /** The API key or record type by our description. */
  readonly key: number | undefined;
}

/** Every message and stored record that we describe. Throws when Kafka knows none of that name. */
export function describedMessages(definitions: ReadonlyMap<string, KafkaMessage>): DescribedMessage[] {
  const ofApis = Object.values(apis).flatMap((api) => [
    { ours: api.request as unknown as MessageSchema, key: api.key },
    { ours: api.response as unknown as MessageSchema, key: api.key },
  ]);
  const ofRecords = [...Object.values(storedRecords), ...Object.values(metadataRecords)].map((record) => ({
    ours: record as unknown as MessageSchema,
    key: record.type,
  }));
  return [...ofApis, ...ofRecords].map(({ ours, key }) => {
    const kafka = definitions.get(ours.name);
    if (kafka === undefined) throw new Error(`Kafka defines no ${ours.name}`);
    return { name: ours.name, ours, kafka, key };
  });
}
