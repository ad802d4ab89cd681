import { batchSize, lastOffset } from '@nagare/protocol';
import type { EndedTxn } from '../core/partition/open-transactions.ts';
import type { Log } from '../log/log.ts';

/** The aborted transactions that a reader of committed records must know to read these batches from an offset on. */
export function abortedWithin(
  log: Log,
  fromOffset: number,
  chunks: readonly Buffer[],
): readonly EndedTxn[] | Promise<readonly EndedTxn[]> {
  const last = chunks.at(-1);
  return last === undefined ? [] : log.abortedTransactions({ fromOffset, toOffset: endOffsetOf(last) });
}

/** The offset behind the last of some whole batches. */
function endOffsetOf(batches: Buffer): number {
  let at = 0;
  for (let next = batchSize(batches); next < batches.length; next += batchSize(batches, next)) at = next;
  return lastOffset(batches, at) + 1;
}
