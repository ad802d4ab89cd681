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
  for (let index = firstFor(segments, search); index < segments.length; index += 1) {
    const { aborted } = segments[index]!;
    if (aborted === undefined) return collectCold(segments, reader, search);
    if (aborted.collect(search, found)) break;
  }
  return found;
}

async function collectCold(
  segments: readonly Segment[],
  reader: SegmentReader,
  search: TxnSearch,
): Promise<EndedTxn[]> {
  const found: EndedTxn[] = [];
  for (const segment of segments.slice(firstFor(segments, search))) {
    const aborted = await reader.aborted(segment);
    // Compaction has put another one there meanwhile: what it knows must not be missed.
    if (segment.files?.isDropped === true) return collectAborted(segments, reader, search);
    if (aborted.collect(search, found)) break;
  }
  return found;
}

/** A marker stands behind the records of its transaction, so that no earlier segment has one for these offsets. */
function firstFor(segments: readonly Segment[], { fromOffset }: TxnSearch): number {
  return Math.max(
    0,
    segments.findLastIndex((segment) => segment.baseOffset <= fromOffset),
  );
}
