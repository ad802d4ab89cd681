import { BrokerError } from '../errors.ts';
import { type BatchPlace, readBatches } from './batch-scan.ts';
import type { Segment } from './segment.ts';
import type { SegmentFiles } from './segment-files.ts';
import type { ReadRange } from './tail.ts';
import { TxnIndex } from './txn-index.ts';

/** Closed segments that keep their indexes and their file open, because they are being read. */
const warmSegmentsMax = 4;

/** Readers of a log whose places are kept: so many go on where they were, others search again. */
const placesMax = 16;

/** Reads the segments of a log from disk. */
export class SegmentReader {
  /** Least recently used first. */
  readonly #warm = new Set<Segment>();

  /**
   * Where reads have ended, by the offset that follows, oldest first. An index leads to the batch before the one that is
   * looked for; a reader that goes on would read that one again, and get so much less of what it asked for.
   */
  readonly #places = new Map<number, BatchPlace & { readonly files: SegmentFiles }>();
  /** Counts what makes places wrong. */
  #generation = 0;

  /** The batches of a range that are in this segment; undefined when it has none at or behind the offset. */
  async read(segment: Segment, range: ReadRange): Promise<Buffer[] | undefined> {
    const files = segment.files!;
    const generation = this.#generation;
    try {
      const { offsets } = segment.indexes ?? (await this.#load(segment));
      const known = this.#places.get(range.offset);
      const isExact = known?.files === files;
      const from = isExact ? known.position : offsets.lookup(range.offset);
      const found = await readBatches(files, range, { from, to: files.writtenBytes, isExact });
      if (found?.next !== undefined && generation === this.#generation) this.#keepPlace(found.next, files);
      return found?.chunks;
    } catch (error) {
      // Retention or compaction may take a segment away while it is being read.
      if (files.isDropped) return undefined;
      throw error;
    }
  }

  /** A segment was cut off, or is about to be: other batches may come to stand where readers have ended. */
  forgetPlaces(): void {
    this.#generation += 1;
    this.#places.clear();
  }

  #keepPlace(place: BatchPlace, files: SegmentFiles): void {
    this.#places.delete(place.offset);
    this.#places.set(place.offset, { ...place, files });
    if (this.#places.size <= placesMax) return;
    for (const oldest of this.#places.keys()) {
      this.#places.delete(oldest);
      return;
    }
  }

  /** A position before which a segment has no timestamp at or above `timestampMs`, as an offset. */
  async offsetBefore(segment: Segment, timestampMs: number): Promise<number> {
    if (segment.files?.isThere !== true || segment.files.isDropped) return segment.baseOffset;
    try {
      const { times } = segment.indexes ?? (await this.#load(segment));
      return times.lookup(timestampMs);
    } catch (error) {
      if (segment.files.isDropped) return segment.baseOffset;
      throw error;
    }
  }

  /** The transactions that were aborted in a segment. */
  async aborted(segment: Segment): Promise<TxnIndex> {
    if (segment.aborted !== undefined) return segment.aborted;
    try {
      await this.#load(segment);
    } catch (error) {
      if (!segment.files!.isDropped) throw error;
    }
    return segment.aborted ?? new TxnIndex();
  }

  /** Lets go of what is held for reading. */
  async close(): Promise<void> {
    const warm = [...this.#warm];
    this.#warm.clear();
    this.forgetPlaces();
    for (const segment of warm) await cool(segment);
  }

  async #load(segment: Segment): Promise<NonNullable<Segment['indexes']>> {
    const indexes = await segment.files!.loadIndexes();
    const aborted = segment.aborted ?? (await segment.files!.loadAborted());
    if (indexes === undefined || aborted === undefined)
      throw new BrokerError('NAGARE_BROKER_LOG_CORRUPT', `an index of ${segment.files!.logPath}`);
    segment.indexes ??= indexes;
    segment.aborted ??= aborted;
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
  segment.cool();
  await segment.files!.close();
}
