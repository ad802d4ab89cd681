import type { EndedTxn } from '../core/partition/open-transactions.ts';
import type { SegmentReader } from './log-reader.ts';
import type { Segment } from './segment.ts';
import type { TxnSearch } from './txn-index.ts';

/** The aborted transactions that overlap a range of offsets; a promise only when a disk is to be waited for. */
export function collectAborted(
  segments: readonly Segment[],
  reader: SegmentReader,
  search: TxnSearch,
): EndedTxn[] | Promise<EndedTxn[]> {
  const found: EndedTxn[] = [];
  // A marker stands behind the records of its transaction, so that no earlier segment has one for these offsets.
  let index = Math.max(
    0,
    segments.findLastIndex((segment) => segment.baseOffset <= search.fromOffset),
  );
  for (; index < segments.length; index += 1) {
    const { aborted } = segments[index]!;
    if (aborted === undefined) return collectCold(segments.slice(index), reader, search, found);
    if (aborted.collect(search, found)) break;
  }
  return found;
}

async function collectCold(
  segments: readonly Segment[],
  reader: SegmentReader,
  search: TxnSearch,
  found: EndedTxn[],
): Promise<EndedTxn[]> {
  for (const segment of segments) {
    const aborted = await reader.aborted(segment);
    if (aborted.collect(search, found)) break;
  }
  return found;
}
