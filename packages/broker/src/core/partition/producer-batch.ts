import {
  baseOffset,
  baseSequence,
  isControl,
  isTransactional,
  lastOffset,
  maxTimestamp,
  producerEpoch,
  producerId,
  readEndTxnMarker,
} from '@nagare/protocol';
import type { EndedTxn } from './open-transactions.ts';
import type { ProducerBatch } from './producer-entry.ts';
import type { ProducerState } from './producer-state.ts';

/** What the header of the batch at `at` says of its producer, and what it says itself if it is a marker. */
export function producerBatchAt(buffer: Buffer, at: number): ProducerBatch {
  return {
    producerId: producerId(buffer, at),
    producerEpoch: producerEpoch(buffer, at),
    baseSequence: baseSequence(buffer, at),
    baseOffset: baseOffset(buffer, at),
    lastOffset: lastOffset(buffer, at),
    timestampMs: maxTimestamp(buffer, at),
    isTransactional: isTransactional(buffer, at),
    marker: isControl(buffer, at) ? readEndTxnMarker(buffer, at) : undefined,
  };
}

/**
 * Lets the producers of a partition take in a batch that is in its log.
 *
 * @returns the transaction that the batch has aborted: readers of committed records must be told of it.
 */
export function replayBatch(producers: ProducerState, buffer: Buffer, at: number): EndedTxn | undefined {
  const batch = producerId(buffer, at) < 0 ? undefined : producerBatchAt(buffer, at);
  // Of a marker that compaction has emptied nothing is left to take in.
  const saysNothing = batch === undefined || (batch.marker === undefined && isControl(buffer, at));
  if (saysNothing) {
    producers.advanceTo(lastOffset(buffer, at) + 1);
    return undefined;
  }
  const ended = producers.replay(batch);
  return batch.marker?.type === 'abort' ? ended : undefined;
}
