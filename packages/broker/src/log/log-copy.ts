import { assert } from '@nagare/base';
import { baseOffset, splitBatches } from '@nagare/protocol';
import { decodeProducerSnapshot, encodeProducerSnapshot } from '../core/partition/producer-snapshot.ts';
import type { ProducerState } from '../core/partition/producer-state.ts';
import type { Log } from './log.ts';

/** All that a log in memory holds: enough to make the same one again. */
export interface LogCopy {
  readonly startOffset: number;
  readonly endOffset: number;
  /** Where leader epochs start, in the text of Kafka's checkpoint. */
  readonly epochs: string;
  /** The producers, as Kafka's snapshot of them. */
  readonly producers: Buffer;
  /** Whole batches; the first may begin before the start offset. */
  readonly batches: readonly Buffer[];
}

/** Copies what a log in memory holds now. The batches are its own, which nobody changes. */
export function copyOf(log: Log): LogCopy {
  const { startOffset, endOffset } = log;
  const batches = log.read({ offset: startOffset, bytesMax: Number.MAX_SAFE_INTEGER, upTo: endOffset });
  assert(!(batches instanceof Promise), 'Only logs in memory are copied');
  const producers = encodeProducerSnapshot(log.producers.entries());
  return { startOffset, endOffset, epochs: log.epochs.toText(), producers, batches };
}

/** Where the log of a copy begins before its batches are in it. */
export function firstOffsetOf({ startOffset, endOffset, batches }: LogCopy): number {
  const [first] = batches;
  return first === undefined ? endOffset : Math.min(startOffset, baseOffset(first));
}

/** The batches of a copy, one by one. */
export function* batchesOf({ batches }: LogCopy): Iterable<Buffer> {
  for (const chunk of batches) yield* splitBatches(chunk);
}

/**
 * Sets right what the batches alone tell of producers: those that had expired are gone, and those whose batches are gone are
 * there. Of the others the batches tell more, namely how to recognise a retry of each of the last five.
 */
export function restoreProducers(producers: ProducerState, { producers: bytes, endOffset }: LogCopy): void {
  const entries = decodeProducerSnapshot(bytes);
  assert(entries !== undefined, 'A snapshot holds producers that were not written by a log');
  const kept = entries.map((entry) => {
    const replayed = producers.get(entry.producerId);
    return replayed?.epoch === entry.epoch ? replayed : entry;
  });
  producers.restore(kept, endOffset);
}
