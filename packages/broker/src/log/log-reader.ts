import { maxTimestamp, partitionLeaderEpoch, RecordReader, splitBatches } from '@nagare/protocol';
import { BrokerError } from '../errors.ts';
import { readBatches } from './batch-scan.ts';
import type { Segment } from './segment.ts';
import type { ReadRange } from './tail.ts';

/** A record that was looked for by time. */
export interface TimedOffset {
  readonly offset: number;
  readonly timestampMs: number;
  readonly leaderEpoch: number;
}

/** Closed segments that keep their indexes and their file open, because they are being read. */
const warmSegmentsMax = 4;

/** Reads the segments of a log from disk. */
export class SegmentReader {
  /** Least recently used first. */
  readonly #warm = new Set<Segment>();

  /** The batches of a range that are in this segment; undefined when it has none at or behind the offset. */
  async read(segment: Segment, range: ReadRange): Promise<Buffer[] | undefined> {
    const files = segment.files!;
    try {
      const { offsets } = segment.indexes ?? (await this.#load(segment));
      const bounds = { from: offsets.lookup(range.offset), to: files.writtenBytes };
      return await readBatches(files, range, bounds);
    } catch (error) {
      // Retention may take a segment away while it is being read.
      if (files.isDropped) return undefined;
      throw error;
    }
  }

  /** A position before which a segment has no timestamp at or above `timestampMs`, as an offset. */
  async offsetBefore(segment: Segment, timestampMs: number): Promise<number> {
    if (segment.files?.isThere !== true || segment.files.isDropped) return segment.baseOffset;
    const { times } = segment.indexes ?? (await this.#load(segment));
    return times.lookup(timestampMs);
  }

  /** Lets go of what is held for reading. */
  async close(): Promise<void> {
    const warm = [...this.#warm];
    this.#warm.clear();
    for (const segment of warm) await cool(segment);
  }

  async #load(segment: Segment): Promise<NonNullable<Segment['indexes']>> {
    const indexes = await segment.files!.loadIndexes();
    if (indexes === undefined)
      throw new BrokerError('NAGARE_BROKER_LOG_CORRUPT', `an index of ${segment.files!.logPath}`);
    segment.indexes ??= indexes;
    this.#warm.delete(segment);
    this.#warm.add(segment);
    for (const oldest of this.#warm) {
      if (this.#warm.size <= warmSegmentsMax) break;
      this.#warm.delete(oldest);
      await cool(oldest);
    }
    return indexes;
  }
}

async function cool(segment: Segment): Promise<void> {
  // A truncation may have made it the active segment again.
  if (!segment.files!.isSealed) return;
  segment.indexes = undefined;
  await segment.files!.close();
}

/** What a search by time looks for in a batch. */
export interface TimeSearch {
  readonly timestampMs: number;
  readonly fromOffset: number;
}

/** The first record of the batches with this timestamp or a later one, at the offset or behind it. */
export function findByTime(chunks: readonly Buffer[], search: TimeSearch): TimedOffset | undefined {
  for (const chunk of chunks) {
    for (const batch of splitBatches(chunk)) {
      const found = maxTimestamp(batch) >= search.timestampMs ? findInBatch(batch, search) : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function findInBatch(batch: Buffer, { timestampMs, fromOffset }: TimeSearch): TimedOffset | undefined {
  const leaderEpoch = partitionLeaderEpoch(batch);
  const reader = new RecordReader(batch);
  while (reader.next()) {
    if (reader.timestamp < timestampMs || reader.offset < fromOffset) continue;
    return { offset: reader.offset, timestampMs: reader.timestamp, leaderEpoch };
  }
  return undefined;
}
