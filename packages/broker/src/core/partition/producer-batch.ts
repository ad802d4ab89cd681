import {
  baseOffset,
  baseSequence,
  isControl,
  isTransactional,
  lastOffset,
  maxTimestamp,
  producerEpoch,
  producerId,
} from '@nagare/protocol';
import type { ProducerBatch, ProducerState } from './producer-state.ts';

/** What the header of the batch at `at` says of its producer. */
export function producerBatchAt(buffer: Buffer, at: number): ProducerBatch {
  return {
    producerId: producerId(buffer, at),
    producerEpoch: producerEpoch(buffer, at),
    baseSequence: baseSequence(buffer, at),
    baseOffset: baseOffset(buffer, at),
    lastOffset: lastOffset(buffer, at),
    timestampMs: maxTimestamp(buffer, at),
    isTransactional: isTransactional(buffer, at),
    isControl: isControl(buffer, at),
  };
}

/** Lets the producers of a partition take in a batch that is in its log. */
export function replayBatch(producers: ProducerState, buffer: Buffer, at: number): void {
  if (producerId(buffer, at) < 0) producers.advanceTo(lastOffset(buffer, at) + 1);
  else producers.replay(producerBatchAt(buffer, at));
}
