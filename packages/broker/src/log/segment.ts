import type { LogConfig } from './log-config.ts';
import { OffsetIndex } from './offset-index.ts';
import type { SegmentFiles } from './segment-files.ts';
import { TimeIndex } from './time-index.ts';
import { TxnIndex } from './txn-index.ts';

/** The two indexes of a segment. */
export interface SegmentIndexes {
  readonly offsets: OffsetIndex;
  readonly times: TimeIndex;
}

/** What a segment must know of a batch. */
export interface SegmentBatch {
  readonly lastOffset: number;
  readonly timestampMs: number;
  readonly bytes: number;
}

/** Offsets and positions in indexes are int32. */
export const relativeOffsetMax = 2 ** 31 - 1;

export function emptyIndexes(baseOffset: number): SegmentIndexes {
  return { offsets: new OffsetIndex(baseOffset), times: new TimeIndex(baseOffset) };
}

/** A stretch of a log: one `.log` file with its indexes, or the same without files. */
export class Segment {
  readonly baseOffset: number;
  readonly files: SegmentFiles | undefined;
  readonly createdMs: number;
  /** Loaded for the active segment, and for closed ones that are being read; never there without files. */
  indexes: SegmentIndexes | undefined;
  /** The transactions that were aborted here; undefined when a closed segment has some, and only the disk knows them. */
  aborted: TxnIndex | undefined = new TxnIndex();
  #sizeBytes = 0;
  #firstTimestampMs = -1;
  #maxTimestampMs = -1;
  #maxTimestampLastOffset: number;
  #unindexedBytes = 0;

  constructor(options: { baseOffset: number; createdMs: number; files?: SegmentFiles | undefined }) {
    this.baseOffset = options.baseOffset;
    this.createdMs = options.createdMs;
    this.files = options.files;
    this.#maxTimestampLastOffset = options.baseOffset;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Of the first batch, or -1 when it is not known. */
  get firstTimestampMs(): number {
    return this.#firstTimestampMs;
  }

  /** The largest timestamp of a batch, or -1. */
  get maxTimestampMs(): number {
    return this.#maxTimestampMs;
  }

  /** The end of the first batch with that timestamp. */
  get maxTimestampLastOffset(): number {
    return this.#maxTimestampLastOffset;
  }

  /** Whether this batch belongs into a new segment. An empty segment takes any batch. */
  isDue(batch: SegmentBatch, nowMs: number, config: LogConfig): boolean {
    if (this.#sizeBytes === 0) return batch.lastOffset - this.baseOffset > relativeOffsetMax;
    const startMs = this.#firstTimestampMs >= 0 ? this.#firstTimestampMs : this.createdMs;
    const reachedMs = this.#firstTimestampMs >= 0 ? batch.timestampMs : nowMs;
    return (
      this.#sizeBytes + batch.bytes > config.segmentBytes ||
      reachedMs - startMs > segmentMsOf(config) ||
      batch.lastOffset - this.baseOffset > relativeOffsetMax ||
      this.indexes?.offsets.isFull(config.segmentIndexBytes) === true ||
      this.indexes?.times.isFull(config.segmentIndexBytes) === true
    );
  }

  /** Takes in the facts of a batch that follows the others. */
  add(batch: SegmentBatch, indexIntervalBytes: number): void {
    if (this.#sizeBytes === 0) this.#firstTimestampMs = batch.timestampMs;
    if (batch.timestampMs > this.#maxTimestampMs) {
      this.#maxTimestampMs = batch.timestampMs;
      this.#maxTimestampLastOffset = batch.lastOffset;
    }
    if (this.#unindexedBytes > indexIntervalBytes && this.indexes !== undefined) {
      this.indexes.offsets.append(batch.lastOffset, this.#sizeBytes);
      this.#indexTime(this.indexes);
      this.#unindexedBytes = 0;
    }
    this.#sizeBytes += batch.bytes;
    this.#unindexedBytes += batch.bytes;
  }

  /** Notes the largest timestamp in the index, so that it is found there when the segment is opened again. */
  finish(): void {
    if (this.indexes !== undefined) this.#indexTime(this.indexes);
  }

  /** Takes over what a file holds, where the batches themselves need not be read. */
  restore(facts: {
    sizeBytes: number;
    firstTimestampMs: number;
    maxTimestampMs: number;
    maxTimestampLastOffset: number;
  }): void {
    this.#sizeBytes = facts.sizeBytes;
    this.#firstTimestampMs = facts.firstTimestampMs;
    this.#maxTimestampMs = facts.maxTimestampMs;
    this.#maxTimestampLastOffset = facts.maxTimestampLastOffset;
  }

  /** Leaves to the disk what it knows of a closed segment. */
  cool(): void {
    this.indexes = undefined;
    if (this.aborted?.isEmpty === false) this.aborted = undefined;
  }

  /** Forgets all batches: they are about to be added again. */
  reset(): void {
    this.restore({ sizeBytes: 0, firstTimestampMs: -1, maxTimestampMs: -1, maxTimestampLastOffset: this.baseOffset });
    this.#unindexedBytes = 0;
    if (this.files !== undefined) this.indexes = emptyIndexes(this.baseOffset);
  }

  #indexTime({ times }: SegmentIndexes): void {
    times.append({ timestampMs: this.#maxTimestampMs, lastOffset: this.#maxTimestampLastOffset });
  }
}

/** What must be compacted before long must not stay in the active segment. */
function segmentMsOf({ cleanupPolicy, segmentMs, maxCompactionLagMs }: LogConfig): number {
  return cleanupPolicy.includes('compact') ? Math.min(segmentMs, maxCompactionLagMs) : segmentMs;
}
