import {
  baseSequence,
  batchHeaderBytes,
  currentMagic,
  isTransactional,
  magic,
  producerEpoch,
  producerId,
} from '@nagare/protocol';

/** What a Produce request has for topics, as far as transactions go by it. */
export type ProducedTopics = readonly {
  readonly partitionData: readonly { readonly records: Buffer | null }[];
}[];

/** Who writes in a transaction. */
export interface TransactionalProducer {
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** Whether what was sent for a partition is, by its header, part of a transaction. */
export function isPartOfTransaction(records: Buffer | null): records is Buffer {
  if (records === null || records.length < batchHeaderBytes) return false;
  return magic(records) === currentMagic && isTransactional(records);
}

/** Whether a request writes in a transaction anywhere. */
export function hasTransactionalRecords(topics: ProducedTopics): boolean {
  for (const { partitionData } of topics) {
    for (const { records } of partitionData) if (isPartOfTransaction(records)) return true;
  }
  return false;
}

/** The one producer whose transaction a request is part of; undefined when there are several, or none with an id. */
export function transactionalProducerOf(topics: ProducedTopics): TransactionalProducer | 'several' | undefined {
  let found: TransactionalProducer | undefined;
  for (const { partitionData } of topics) {
    for (const { records } of partitionData) {
      if (!isPartOfTransaction(records) || producerId(records) < 0) continue;
      const producer = { producerId: producerId(records), producerEpoch: producerEpoch(records) };
      found ??= producer;
      const isSame = found.producerId === producer.producerId && found.producerEpoch === producer.producerEpoch;
      if (!isSame) return 'several';
    }
  }
  return found;
}

/** The sequence with which a producer begins in a partition, if it is part of a transaction there. */
export function transactionalSequence(records: Buffer | null): number | undefined {
  return isPartOfTransaction(records) && producerId(records) >= 0 ? baseSequence(records) : undefined;
}
