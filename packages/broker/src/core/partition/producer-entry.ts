import type { EndTxnMarker } from '@nagare/protocol';

/** What a batch's header says of the producer that wrote it. */
export interface ProducerBatch {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly timestampMs: number;
  readonly isTransactional: boolean;
  /** Set when the batch ends a transaction rather than holding records. */
  readonly marker?: Pick<EndTxnMarker, 'type' | 'coordinatorEpoch'> | undefined;
}

/** One of the batches of a producer that are remembered to recognise a retry. */
export interface RetainedBatch {
  readonly baseSequence: number;
  readonly lastSequence: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly timestampMs: number;
}

/** What a partition remembers of one producer. */
export interface ProducerEntry {
  readonly producerId: number;
  readonly epoch: number;
  /** Oldest first; none when the producer has written nothing but markers in this epoch. */
  readonly batches: readonly RetainedBatch[];
  readonly lastTimestampMs: number;
  /** Of the newest marker, or -1. */
  readonly coordinatorEpoch: number;
  /** First offset of the transaction that is open, or -1. */
  readonly currentTxnFirstOffset: number;
  /** When it was first found without anything new, or -1. */
  readonly idleSinceMs: number;
}

/** How many batches of a producer are remembered: as many as a client may have in flight. */
const retainedBatchesMax = 5;
const sequenceCount = 2 ** 31;

/** The sequence number `count` after `sequence`: after 2^31 - 1 comes 0. */
export function sequenceAfter(sequence: number, count: number): number {
  return (sequence + count) % sequenceCount;
}

export function lastSequenceOf(batch: ProducerBatch): number {
  if (batch.baseSequence < 0) return -1;
  return sequenceAfter(batch.baseSequence, batch.lastOffset - batch.baseOffset);
}

/** What is known of a producer once a batch of its records is in the log. */
export function afterRecords(entry: ProducerEntry | undefined, batch: ProducerBatch): ProducerEntry {
  const kept = entry?.epoch === batch.producerEpoch ? entry.batches : [];
  const { baseSequence, baseOffset, lastOffset, timestampMs } = batch;
  const added = { baseSequence, lastSequence: lastSequenceOf(batch), baseOffset, lastOffset, timestampMs };
  const openTxn = entry?.currentTxnFirstOffset ?? -1;
  return {
    producerId: batch.producerId,
    epoch: batch.producerEpoch,
    batches: [...kept.slice(1 - retainedBatchesMax), added],
    lastTimestampMs: timestampMs,
    coordinatorEpoch: entry?.coordinatorEpoch ?? -1,
    currentTxnFirstOffset: openTxn < 0 && batch.isTransactional ? baseOffset : openTxn,
    idleSinceMs: -1,
  };
}

/** What is known of a producer once a marker has ended its transaction. */
export function afterMarker(
  entry: ProducerEntry | undefined,
  batch: ProducerBatch,
  coordinatorEpoch: number,
): ProducerEntry {
  return {
    producerId: batch.producerId,
    epoch: batch.producerEpoch,
    batches: entry?.epoch === batch.producerEpoch ? entry.batches : [],
    lastTimestampMs: batch.timestampMs,
    coordinatorEpoch,
    currentTxnFirstOffset: -1,
    idleSinceMs: -1,
  };
}
