import { baseOffset, lastOffset, maxTimestamp } from '@nagare/protocol';
import type { LogFiles } from '../log-files.ts';
import { emptyIndexes, Segment } from '../segment.ts';
import { cleanedSuffix, SegmentFiles } from '../segment-files.ts';
import type { TailBatch } from '../tail.ts';

export interface CleanedSegmentOptions {
  readonly baseOffset: number;
  readonly createdMs: number;
  readonly indexIntervalBytes: number;
  /** Of the log, if it has any. */
  readonly files: LogFiles | undefined;
}

/** What compaction makes of a group of segments, before it takes their place. */
export class CleanedSegment {
  readonly segment: Segment;
  /** All of them, for a log without files. */
  readonly batches: TailBatch[] = [];
  readonly #indexIntervalBytes: number;
  #pending: Buffer[] = [];
  #writtenBytes = 0;

  constructor({ baseOffset: base, createdMs, indexIntervalBytes, files: log }: CleanedSegmentOptions) {
    const place = { baseOffset: base, writtenBytes: 0, isThere: false, suffix: cleanedSuffix };
    const files = log === undefined ? undefined : new SegmentFiles(log.disk, log.directory, place);
    this.segment = new Segment({ baseOffset: base, createdMs, files });
    if (files !== undefined) this.segment.indexes = emptyIndexes(base);
    this.#indexIntervalBytes = indexIntervalBytes;
  }

  /** Makes the files. What an earlier round has left of them goes. */
  async begin(): Promise<void> {
    await this.segment.files?.create();
    await this.segment.files?.truncate(0);
  }

  add(batch: Buffer): void {
    const last = lastOffset(batch);
    this.segment.add(
      { lastOffset: last, timestampMs: maxTimestamp(batch), bytes: batch.length },
      this.#indexIntervalBytes,
    );
    if (this.segment.files === undefined) {
      this.batches.push({ baseOffset: baseOffset(batch), lastOffset: last, bytes: batch });
    } else {
      this.#pending.push(batch);
    }
  }

  /** Writes what was added, so that it need not be kept. */
  async flush(): Promise<void> {
    if (this.#pending.length === 0) return;
    const chunks = this.#pending;
    this.#pending = [];
    await this.segment.files?.append(chunks, this.#writtenBytes);
    this.#writtenBytes = this.segment.sizeBytes;
  }

  /** Makes everything durable but its name. */
  async finish(): Promise<void> {
    this.segment.finish();
    const { files, indexes, aborted } = this.segment;
    if (files === undefined) return;
    await files.writeIndexes(indexes!, { isWhole: true });
    await files.writeAborted(aborted!);
    await files.sync();
  }

  async discard(): Promise<void> {
    await this.segment.files?.discard();
  }
}
