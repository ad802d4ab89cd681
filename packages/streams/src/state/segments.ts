import { writeInt64 } from '@nagare/serdes';
import type { ObservedTime } from '../operators/define-operator.ts';
import { toBytes, toText } from './byte-store.ts';
import type { RowBytes } from './write-buffer.ts';

/** What stands in front of a key to say its segment. */
export const segmentBytes = 8;
const segmentIntervalMsMin = 60_000;

/** The segment that a time lies in. Segments leave a store whole when they are older than its retention. */
export function segmentOf(timeMs: number, retentionMs: number): number {
  return Math.floor(timeMs / Math.max(retentionMs / 2, segmentIntervalMsMin));
}

/** The local key: the segment in front, so that an old segment is one range of keys. */
export function toLocalKey(storeKey: Buffer, timeMs: number, retentionMs: number): Buffer {
  return inSegment(segmentOf(timeMs, retentionMs), storeKey);
}

export function fromLocalKey(localKey: Buffer): Buffer {
  return localKey.subarray(segmentBytes);
}

function inSegment(segment: number, storeKey: Buffer): Buffer {
  const localKey = Buffer.allocUnsafe(segmentBytes + storeKey.length);
  writeInt64(localKey, segment);
  storeKey.copy(localKey, segmentBytes);
  return localKey;
}

const noBytes = Buffer.alloc(0);

/** What a store key holds, and its value as it is kept. */
export type SegmentRow = readonly [storeKey: Buffer, value: Buffer];

/**
 * Entries that belong to a time, in segments that are dropped whole when they leave the retention.
 *
 * Time is the largest one put so far. What is as old as the retention before it is out of sight, whether its segment is still there or
 * not. It is committed with the offsets, so a restart does not bring anything back.
 */
export class Segments {
  readonly #buffer: RowBytes;
  readonly #retentionMs: number;
  readonly #observed: ObservedTime;
  #firstSegment = 0;

  constructor(buffer: RowBytes, retentionMs: number, observed: ObservedTime) {
    this.#buffer = buffer;
    this.#retentionMs = retentionMs;
    this.#observed = observed;
  }

  /** The earliest time that can be seen. */
  get earliestMs(): number {
    return this.#observed.ms - this.#retentionMs + 1;
  }

  /** The key of an entry as it is kept. */
  localText(storeKey: Buffer, timeMs: number): string {
    return toText(toLocalKey(storeKey, timeMs, this.#retentionMs));
  }

  get(storeKey: Buffer, timeMs: number): Buffer | undefined {
    const stored = this.getText(this.localText(storeKey, timeMs), timeMs);
    return stored === undefined ? undefined : toBytes(stored);
  }

  /** What {@link get} does, with key and value as they are kept. */
  getText(localText: string, timeMs: number): string | undefined {
    return timeMs < this.earliestMs ? undefined : this.#buffer.getText(localText);
  }

  /**
   * Puts or, with null, removes an entry, and moves time on. Nothing is put into a segment that has left the retention.
   *
   * @returns Whether the entry was taken.
   */
  putText(
    localText: string,
    value: string | null,
    { timeMs, timestamp }: { timeMs: number; timestamp: number },
  ): boolean {
    this.#advance(timeMs);
    const isTaken = segmentOf(timeMs, this.#retentionMs) >= this.#firstLiveSegment();
    if (isTaken) this.#buffer.putText(localText, value, timestamp);
    else this.#buffer.passBy?.(localText, value, timestamp);
    return isTaken;
  }

  /** Entries of the segments of a span of time, from the key `low` to the key `high` in each. Those out of sight may be among them. */
  *between(fromMs: number, toMs: number, low: Buffer, high: Buffer): Iterable<SegmentRow> {
    const last = segmentOf(Math.min(toMs, this.#observed.ms), this.#retentionMs);
    const first = segmentOf(Math.max(0, fromMs, this.earliestMs), this.#retentionMs);
    for (let segment = first; segment <= last; segment += 1) {
      const rows = this.#buffer.range(inSegment(segment, low), inSegment(segment, high));
      for (const [localKey, value] of rows) yield [fromLocalKey(localKey), value];
    }
  }

  /** All entries of the segments of a span of time, or those behind one of them. Those out of sight may be among them. */
  *all(
    fromMs: number,
    toMs: number,
    behind?: { readonly storeKey: Buffer; readonly timeMs: number },
  ): Iterable<SegmentRow> {
    const first = segmentOf(Math.max(0, fromMs, this.earliestMs), this.#retentionMs);
    const last = segmentOf(Math.min(toMs, this.#observed.ms), this.#retentionMs);
    const after = behind && toLocalKey(behind.storeKey, behind.timeMs, this.#retentionMs);
    for (const [localKey, value] of this.#buffer.range(
      after ?? inSegment(first, noBytes),
      inSegment(last + 1, noBytes),
    )) {
      if (after === undefined || !localKey.equals(after)) yield [fromLocalKey(localKey), value];
    }
  }

  #advance(timeMs: number): void {
    if (timeMs <= this.#observed.ms) return;
    this.#observed.ms = timeMs;
    const first = this.#firstLiveSegment();
    if (first <= this.#firstSegment) return;
    this.#firstSegment = first;
    this.#buffer.dropBelow(inSegment(first, noBytes));
  }

  #firstLiveSegment(): number {
    return segmentOf(Math.max(0, this.#observed.ms - this.#retentionMs), this.#retentionMs);
  }
}
