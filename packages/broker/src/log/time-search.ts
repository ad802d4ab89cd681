import { baseOffset, lastOffset, maxTimestamp, partitionLeaderEpoch, splitBatches } from '@nagare/protocol';
import type { SegmentReader } from './log-reader.ts';
import { openRecords } from './open-records.ts';
import type { Segment } from './segment.ts';
import type { ReadRange } from './tail.ts';

/** A record that was looked for by time. */
export interface TimedOffset {
  readonly offset: number;
  readonly timestampMs: number;
  readonly leaderEpoch: number;
}

const searchBytes = 1024 ** 2;

/** What a search by time reads batches with. */
export interface BatchSource {
  read(range: ReadRange): Buffer[] | Promise<Buffer[]>;
}

/** Where a search by time may have to look. */
export interface SearchPlaces {
  readonly segments: readonly Segment[];
  readonly reader: SegmentReader;
  readonly startOffset: number;
  /** What the records of a batch may inflate to. */
  readonly inflatedBytesMax: number;
}

/** The first record with this timestamp or a later one, below `upTo`. */
export async function offsetForTime(
  source: BatchSource,
  { segments, reader, startOffset, inflatedBytesMax }: SearchPlaces,
  { timestampMs, upTo }: { readonly timestampMs: number; readonly upTo: number },
): Promise<TimedOffset | undefined> {
  for (const segment of [...segments]) {
    if (segment.maxTimestampMs < timestampMs) continue;
    const fromOffset = Math.max(await reader.offsetBefore(segment, timestampMs), startOffset);
    const found = await search(source, { timestampMs, fromOffset, upTo, inflatedBytesMax });
    if (found !== undefined) return found;
  }
  return undefined;
}

async function search(
  source: BatchSource,
  asked: TimeSearch & { readonly upTo: number },
): Promise<TimedOffset | undefined> {
  for (let offset = asked.fromOffset; ; ) {
    const chunks = await source.read({ offset, bytesMax: searchBytes, upTo: asked.upTo });
    const last = chunks.at(-1);
    if (last === undefined) return undefined;
    const found = findByTime(chunks, asked);
    if (found !== undefined) return found;
    offset = lastOffset(splitBatches(last).at(-1)!) + 1;
  }
}

/** What a search by time looks for in a batch. */
interface TimeSearch {
  readonly timestampMs: number;
  readonly fromOffset: number;
  readonly inflatedBytesMax: number;
}

/** The first record of the batches with this timestamp or a later one, at the offset or behind it. */
function findByTime(chunks: readonly Buffer[], search: TimeSearch): TimedOffset | undefined {
  for (const chunk of chunks) {
    for (const batch of splitBatches(chunk)) {
      const found = maxTimestamp(batch) >= search.timestampMs ? findInBatch(batch, search) : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function findInBatch(batch: Buffer, search: TimeSearch): TimedOffset | undefined {
  const { timestampMs, fromOffset } = search;
  const leaderEpoch = partitionLeaderEpoch(batch);
  const reader = openRecords(batch, search.inflatedBytesMax);
  // Nothing before what is looked for is skipped by who begins with the batch.
  if (reader === undefined) return { offset: Math.max(baseOffset(batch), fromOffset), timestampMs, leaderEpoch };
  while (reader.next()) {
    if (reader.timestamp < timestampMs || reader.offset < fromOffset) continue;
    return { offset: reader.offset, timestampMs: reader.timestamp, leaderEpoch };
  }
  return undefined;
}
