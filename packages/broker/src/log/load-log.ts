import { type Disk, directoryOf } from '@nagare/base';
import {
  baseOffset,
  batchHeaderBytes,
  batchSize,
  isCrcValid,
  lastOffset,
  lastOffsetDelta,
  maxTimestamp,
  partitionLeaderEpoch,
} from '@nagare/protocol';
import { replayBatch } from '../core/partition/producer-batch.ts';
import { ProducerState } from '../core/partition/producer-state.ts';
import { BrokerError } from '../errors.ts';
import { scanBatches } from './batch-scan.ts';
import type { EpochCache } from './epoch-cache.ts';
import type { LogConfig } from './log-config.ts';
import { epochCheckpointName } from './log-files.ts';
import { findLogFiles, type LogFolder } from './log-folder.ts';
import { ProducerLoader } from './producer-loader.ts';
import { emptyIndexes, relativeOffsetMax, Segment } from './segment.ts';
import { SegmentFiles } from './segment-files.ts';
import { readText } from './small-files.ts';
import { TxnIndex } from './txn-index.ts';

export interface LoadOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly topicId: string;
  readonly config: LogConfig;
  readonly nowMs: number;
  readonly wasCleanShutdown: boolean;
  readonly recoveryPoint: number;
  readonly startOffset: number;
  /** Filled from the files. */
  readonly producers: ProducerState;
  readonly epochs: EpochCache;
}

/** What recovery had to take away: batches that were torn, or that had lost the ones before them. */
export interface RecoveryLoss {
  readonly truncatedBytes: number;
  readonly droppedSegments: number;
}

export interface LoadedLog {
  /** At least one; all but the last are closed. */
  readonly segments: Segment[];
  readonly startOffset: number;
  /** Everything below is durable. */
  readonly endOffset: number;
  readonly isThere: boolean;
  readonly deletedPaths: readonly string[];
  readonly hasNewEpochs: boolean;
  readonly loss: RecoveryLoss | undefined;
}

/** Reads a log's folder, and sets right what a crash has left there. */
export function loadLog(options: LoadOptions): Promise<LoadedLog> {
  return new LogLoader(options).load();
}

class LogLoader {
  readonly #options: LoadOptions;
  #segments: Segment[] = [];
  #endOffset = 0;
  /** Where the recovery point stands in the first segment that is checked. */
  #unsyncedFrom = 0;
  #truncatedBytes = 0;
  readonly #dropped: Segment[] = [];
  readonly #deletedPaths: string[] = [];

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  async load(): Promise<LoadedLog> {
    const { disk, directory, topicId, epochs, startOffset } = this.#options;
    const folder = await findLogFiles(disk, directory, topicId);
    const epochText = await readText(disk, `${directory}/${epochCheckpointName}`);
    epochs.restore(epochText ?? '');
    await this.#openSegments(folder);
    if (this.#segments.length > 0) await this.#readSegments(new ProducerLoader(disk, folder.snapshots));
    if (this.#segments.length === 0 || this.#endOffset < startOffset) await this.#startAnew();
    const firstOffset = Math.max(startOffset, this.#segments[0]!.baseOffset);
    epochs.truncateFromEnd(this.#endOffset);
    epochs.truncateFromStart(firstOffset);
    return {
      segments: this.#segments,
      startOffset: firstOffset,
      endOffset: this.#endOffset,
      isThere: folder.isThere,
      deletedPaths: this.#deletedPaths,
      hasNewEpochs: folder.isThere && epochs.toText() !== epochText,
      loss: this.#loss(),
    };
  }

  #loss(): RecoveryLoss | undefined {
    if (this.#truncatedBytes === 0 && this.#dropped.length === 0) return undefined;
    return { truncatedBytes: this.#truncatedBytes, droppedSegments: this.#dropped.length };
  }

  async #openSegments({ baseOffsets }: LogFolder): Promise<void> {
    const { disk, directory, nowMs } = this.#options;
    for (const base of baseOffsets) {
      const files = new SegmentFiles(disk, directory, { baseOffset: base, writtenBytes: 0, isThere: true });
      files.writtenBytes = (await disk.stat(files.logPath))?.bytes ?? 0;
      this.#segments.push(new Segment({ baseOffset: base, createdMs: nowMs, files }));
    }
  }

  async #readSegments(loader: ProducerLoader): Promise<void> {
    const { wasCleanShutdown, recoveryPoint, producers } = this.#options;
    const floor = this.#segments.findLastIndex(({ baseOffset: base }) => base <= recoveryPoint);
    const trusted = wasCleanShutdown ? this.#segments.length - 1 : Math.max(0, floor);
    for (let index = 0; index < trusted; index += 1) await this.#openClosed(index, loader);
    const first = this.#segments[trusted]!;
    this.#endOffset = first.baseOffset;
    if (wasCleanShutdown && (await this.#openActive(first))) {
      await loader.load(producers, this.#segments, this.#endOffset);
    } else {
      await loader.load(producers, this.#segments.slice(0, trusted), first.baseOffset);
      await this.#recoverFrom(trusted, loader);
      await this.#makeDurable(trusted);
    }
    await loader.removeStray(this.#segments, this.#endOffset);
  }

  /** Opens a segment that a sync has reached whole. */
  async #openClosed(index: number, loader: ProducerLoader): Promise<void> {
    const segment = this.#segments[index]!;
    const files = segment.files!;
    files.isSealed = true;
    const last = await files.peekTimes();
    segment.aborted = await files.loadAborted();
    if (last === undefined || segment.aborted === undefined) {
      await this.#rebuildClosed(index, loader);
    } else {
      const { timestampMs: maxTimestampMs, lastOffset: maxTimestampLastOffset } = last;
      // Only compaction asks a closed segment when it began.
      const firstTimestampMs = this.#options.config.cleanupPolicy.includes('compact')
        ? await firstTimestampIn(files)
        : -1;
      segment.restore({ sizeBytes: files.writtenBytes, firstTimestampMs, maxTimestampMs, maxTimestampLastOffset });
      await files.close();
    }
    segment.cool();
  }

  async #rebuildClosed(index: number, loader: ProducerLoader): Promise<void> {
    const segment = this.#segments[index]!;
    const files = segment.files!;
    const producers = new ProducerState();
    // An abort can be told from a transaction that began before the segment.
    await loader.load(producers, this.#segments.slice(0, index), segment.baseOffset);
    const end = await this.#readAll(segment, segment.baseOffset, producers, () => {});
    if (end < files.writtenBytes) throw new BrokerError('NAGARE_BROKER_LOG_CORRUPT', `${files.logPath} at byte ${end}`);
    await this.#finish(segment);
    await files.close();
  }

  /** Opens the last segment after a clean shutdown. False when it is not as a clean shutdown leaves it. */
  async #openActive(segment: Segment): Promise<boolean> {
    const files = segment.files!;
    const indexes = await files.loadIndexes();
    const aborted = await files.loadAborted();
    if (indexes === undefined || aborted === undefined) return false;
    segment.aborted = aborted;
    const from = indexes.offsets.last()?.position ?? 0;
    const lastTime = indexes.times.last();
    segment.restore({
      sizeBytes: files.writtenBytes,
      firstTimestampMs: await firstTimestampIn(files),
      maxTimestampMs: lastTime?.timestampMs ?? -1,
      maxTimestampLastOffset: lastTime?.lastOffset ?? segment.baseOffset,
    });
    segment.indexes = indexes;
    const end = await scanBatches(files, { from, to: files.writtenBytes }, (buffer, at) => {
      this.#endOffset = lastOffset(buffer, at) + 1;
      return true;
    });
    return end === files.writtenBytes;
  }

  /** Checks everything from a segment on; what follows the first bad batch goes. */
  async #recoverFrom(first: number, loader: ProducerLoader): Promise<void> {
    const { epochs, producers, recoveryPoint } = this.#options;
    this.#endOffset = this.#segments[first]!.baseOffset;
    for (let index = first; index < this.#segments.length; index += 1) {
      const segment = this.#segments[index]!;
      const files = segment.files!;
      // The end of the segment before was lost with its length, so that no torn batch shows it. Compaction leaves no gap.
      if (segment.baseOffset !== this.#endOffset) return this.#dropFrom(index);
      if (index > 0) await loader.save(producers, files);
      const end = await this.#readAll(segment, this.#endOffset, producers, (buffer, at) => {
        const epoch = partitionLeaderEpoch(buffer, at);
        if (epoch > epochs.latest) epochs.assign(epoch, baseOffset(buffer, at));
        this.#endOffset = lastOffset(buffer, at) + 1;
        if (index === first && this.#endOffset <= recoveryPoint) this.#unsyncedFrom += batchSize(buffer, at);
      });
      const lostBytes = files.writtenBytes - end;
      if (lostBytes > 0) await files.truncate(end);
      this.#truncatedBytes += lostBytes;
      await this.#finish(segment);
      if (lostBytes > 0) return this.#dropFrom(index + 1);
    }
  }

  /** The process that died may not have synced what it wrote, or in vain, and from here on it counts as kept. */
  async #makeDurable(first: number): Promise<void> {
    const { disk, directory } = this.#options;
    const active = this.#segments.at(-1);
    for (const segment of this.#segments.slice(first)) {
      const files = segment.files!;
      await files.writeAgain(segment === this.#segments[first] ? this.#unsyncedFrom : 0);
      await files.sync();
      if (segment !== active) await this.#close(segment);
    }
    await disk.syncDirectory(directory);
    await disk.syncDirectory(directoryOf(directory));
  }

  /** Takes the batches of a segment in, up to the first that is bad. Returns where that stands. */
  #readAll(
    segment: Segment,
    fromOffset: number,
    producers: ProducerState,
    take: (buffer: Buffer, at: number) => void,
  ): Promise<number> {
    const files = segment.files!;
    const aborted = new TxnIndex();
    let next = fromOffset;
    segment.reset();
    segment.aborted = aborted;
    return scanBatches(files, { from: 0, to: files.writtenBytes }, (buffer, at) => {
      const last = lastOffset(buffer, at);
      const isInPlace = baseOffset(buffer, at) >= next && lastOffsetDelta(buffer, at) >= 0;
      if (!isInPlace || last - segment.baseOffset > relativeOffsetMax || !isCrcValid(buffer, at)) return false;
      const facts = { lastOffset: last, timestampMs: maxTimestamp(buffer, at), bytes: batchSize(buffer, at) };
      segment.add(facts, this.#options.config.indexIntervalBytes);
      take(buffer, at);
      const txn = replayBatch(producers, buffer, at);
      if (txn !== undefined) aborted.append(txn);
      next = last + 1;
      return true;
    });
  }

  async #finish(segment: Segment): Promise<void> {
    segment.finish();
    await segment.files!.writeIndexes(segment.indexes!, { isWhole: true });
    await segment.files!.writeAborted(segment.aborted!);
  }

  async #close(segment: Segment): Promise<void> {
    segment.cool();
    segment.files!.isSealed = true;
    await segment.files!.close();
  }

  async #dropFrom(index: number): Promise<void> {
    const dropped = this.#segments.splice(index);
    for (const { files } of dropped) {
      files!.isDropped = true;
      this.#deletedPaths.push(...(await files!.markDeleted()));
    }
    this.#dropped.push(...dropped);
    if (dropped.length > 0) await this.#options.disk.syncDirectory(this.#options.directory);
  }

  /** Begins at the start offset, with nothing: the folder is new, or has lost what came before that offset. */
  async #startAnew(): Promise<void> {
    const { disk, directory, nowMs, startOffset, producers } = this.#options;
    await this.#dropFrom(0);
    producers.restore([], startOffset);
    const files = new SegmentFiles(disk, directory, { baseOffset: startOffset, writtenBytes: 0, isThere: false });
    const segment = new Segment({ baseOffset: startOffset, createdMs: nowMs, files });
    segment.indexes = emptyIndexes(startOffset);
    this.#segments = [segment];
    this.#endOffset = startOffset;
  }
}

/** The timestamp of the first batch, or -1. */
async function firstTimestampIn(files: SegmentFiles): Promise<number> {
  const header = await files.read(0, batchHeaderBytes);
  return header.length < batchHeaderBytes ? -1 : maxTimestamp(header);
}
