import { assert, type Disk } from '@nagare/base';
import { baseOffset, batchSize, lastOffset, maxTimestamp, partitionLeaderEpoch, splitBatches } from '@nagare/protocol';
import type { EndedTxn } from '../core/partition/open-transactions.ts';
import { replayBatch } from '../core/partition/producer-batch.ts';
import { encodeProducerSnapshot } from '../core/partition/producer-snapshot.ts';
import { ProducerState } from '../core/partition/producer-state.ts';
import { inflatedBytesMax } from '../core/partition/validate-records.ts';
import type { BrokerError } from '../errors.ts';
import { collectAborted } from './aborted-transactions.ts';
import { LogCompaction } from './compaction/log-compaction.ts';
import { EpochCache } from './epoch-cache.ts';
import { type LoadedLog, loadLog, type RecoveryLoss } from './load-log.ts';
import type { LogConfig } from './log-config.ts';
import { batchesOf, firstOffsetOf, type LogCopy, restoreProducers } from './log-copy.ts';
import { LogFiles } from './log-files.ts';
import { SegmentReader } from './log-reader.ts';
import { retainable } from './retainable.ts';
import { expiredSegments } from './retention.ts';
import { emptyIndexes, Segment } from './segment.ts';
import { SegmentFiles } from './segment-files.ts';
import { type ReadRange, Tail } from './tail.ts';
import type { TailBudget } from './tail-budget.ts';
import { offsetForTime, type TimedOffset } from './time-search.ts';
import { truncateSegments } from './truncate-log.ts';
import type { TxnSearch } from './txn-index.ts';

export interface LogOptions {
  readonly topicId: string;
  readonly config: LogConfig;
  readonly nowMs: number;
}

export interface LogOnDiskOptions extends LogOptions {
  readonly disk: Disk;
  /** The partition's folder; it is made with the first append. */
  readonly directory: string;
  /** True when the log directory's marker of a clean shutdown was there: nothing is checked then. */
  readonly wasCleanShutdown: boolean;
  /** From the log directory's checkpoints. Default of all: 0. */
  readonly recoveryPoint?: number;
  readonly startOffset?: number;
  readonly cleanedOffset?: number;
  /** The most bytes of batches that stay in memory for readers at the end. Default: 8388608, 8 MiB. */
  readonly tailBytesMax?: number;
  /** Bounds what all logs keep in memory together. Default: no common bound. */
  readonly tailBudget?: TailBudget;
}

const tailBytesMaxDefault = 8 * 1024 ** 2;
const done = Promise.resolve();

/** What a log is made of, before it runs. */
interface LogParts extends LogOptions {
  readonly loaded: LoadedLog;
  readonly producers: ProducerState;
  readonly epochs: EpochCache;
  readonly files?: LogFiles;
  readonly tailBytesMax: number;
  readonly tailBudget?: TailBudget | undefined;
  readonly cleanedOffset?: number | undefined;
}

/**
 * The records of one partition, as a list of batches: on disk in Kafka's own format, or in memory alone.
 *
 * Appends take effect at once and in order; the disk follows behind, many batches to a write. Readers at the end are
 * served from the batches that were appended, which stay in memory for a while; others from the files.
 */
export class Log {
  readonly topicId: string;
  readonly producers: ProducerState;
  readonly epochs: EpochCache;
  /** Replaced when the settings of the topic change. */
  config: LogConfig;
  /** What recovery had to take away when the log was opened. */
  readonly loss: RecoveryLoss | undefined;
  readonly compaction: LogCompaction;
  readonly #segments: Segment[];
  readonly #tail = new Tail();
  readonly #files: LogFiles | undefined;
  readonly #reader = new SegmentReader();
  readonly #tailBytesMax: number;
  readonly #tailBudget: TailBudget | undefined;
  #startOffset: number;
  #endOffset: number;

  private constructor(parts: LogParts) {
    this.topicId = parts.topicId;
    this.config = parts.config;
    this.producers = parts.producers;
    this.epochs = parts.epochs;
    this.loss = parts.loaded.loss;
    this.#segments = parts.loaded.segments;
    this.#startOffset = parts.loaded.startOffset;
    this.#endOffset = parts.loaded.endOffset;
    this.#files = parts.files;
    this.#tailBytesMax = parts.tailBytesMax;
    this.#tailBudget = parts.tailBudget;
    const [segments, tail, files] = [this.#segments, this.#tail, this.#files];
    this.compaction = new LogCompaction(this, { ...parts, segments, tail, files, reader: this.#reader });
    if (parts.loaded.hasNewEpochs) this.#files?.saveEpochs(this.epochs.toText());
  }

  /** An empty log without files. */
  static inMemory(options: LogOptions): Log {
    const segments = [new Segment({ baseOffset: 0, createdMs: options.nowMs })];
    return new Log({
      ...options,
      loaded: { ...nothingLoaded, segments },
      producers: new ProducerState(),
      epochs: new EpochCache(),
      tailBytesMax: Number.POSITIVE_INFINITY,
    });
  }

  /** A log without files that holds what another one held. */
  static fromCopy(copy: LogCopy, options: LogOptions): Log {
    const firstOffset = firstOffsetOf(copy);
    const segments = [new Segment({ baseOffset: firstOffset, createdMs: options.nowMs })];
    const epochs = new EpochCache();
    epochs.restore(copy.epochs);
    const log = new Log({
      ...options,
      loaded: { ...nothingLoaded, segments, startOffset: copy.startOffset, endOffset: firstOffset },
      producers: new ProducerState(),
      epochs,
      tailBytesMax: Number.POSITIVE_INFINITY,
    });
    for (const batch of batchesOf(copy)) log.#appendBatch(batch, options.nowMs);
    log.#endOffset = copy.endOffset;
    restoreProducers(log.producers, copy);
    return log;
  }

  /**
   * Opens the log of a folder, setting right what a crash has left there.
   *
   * @throws {BrokerError} NAGARE_BROKER_LOG_CORRUPT, when the folder is of another topic, or a segment that was complete
   * and has lost its index is damaged.
   */
  static async open(options: LogOnDiskOptions): Promise<Log> {
    const {
      disk,
      directory,
      topicId,
      tailBytesMax = tailBytesMaxDefault,
      recoveryPoint = 0,
      startOffset = 0,
    } = options;
    const producers = new ProducerState();
    const epochs = new EpochCache();
    const loaded = await loadLog({ ...options, recoveryPoint, startOffset, producers, epochs });
    const files = new LogFiles({ disk, directory, topicId, ...loaded });
    return new Log({ ...options, loaded, producers, epochs, files, tailBytesMax });
  }

  /** The first offset that may be read. */
  get startOffset(): number {
    return this.#startOffset;
  }

  /** The offset that the next record gets. */
  get endOffset(): number {
    return this.#endOffset;
  }

  /** The operating system has everything below. */
  get writtenOffset(): number {
    return this.#files?.writtenOffset ?? this.#endOffset;
  }

  /** Everything below survives power loss. */
  get recoveryPoint(): number {
    return this.#files?.syncedOffset ?? this.#endOffset;
  }

  /** Bytes that wait for the operating system to take them: who appends without waiting should bound them. */
  get pendingBytes(): number {
    return this.#files?.pendingBytes ?? 0;
  }

  get sizeBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
  }

  /** Why the log takes nothing any more. */
  get failure(): BrokerError | undefined {
    return this.#files?.failure;
  }

  /**
   * Appends whole batches, with their offsets and leader epoch set. The buffer is kept, not copied: nobody may change
   * it from now on.
   *
   * @throws {BrokerError} NAGARE_BROKER_LOG_FAILED, after an error of the disk.
   */
  append(batches: Buffer, nowMs: number): void {
    if (this.failure !== undefined) throw this.failure;
    if (batchSize(batches) === batches.length) this.#appendBatch(batches, nowMs);
    else for (const batch of splitBatches(batches)) this.#appendBatch(batch, nowMs);
    while (this.#tail.bytes > this.#tailBytesMax) {
      const freed = this.evictOldest();
      if (freed === 0) break;
      this.#tailBudget?.shrank(freed);
    }
  }

  #appendBatch(batch: Buffer, nowMs: number): void {
    const first = baseOffset(batch);
    const last = lastOffset(batch);
    assert(
      first >= this.#endOffset && last >= first,
      `Offsets ${first} to ${last} cannot follow ${this.#endOffset - 1}`,
    );
    const facts = { lastOffset: last, timestampMs: maxTimestamp(batch), bytes: batch.length };
    if (this.#active.isDue(facts, nowMs, this.config)) this.#rollAt(first, nowMs);
    const epoch = partitionLeaderEpoch(batch);
    if (epoch > this.epochs.latest) this.#assignEpoch(epoch, first);
    const segment = this.#active;
    const position = segment.sizeBytes;
    segment.add(facts, this.config.indexIntervalBytes);
    const aborted = replayBatch(this.producers, batch, 0);
    if (aborted !== undefined) segment.aborted!.append(aborted);
    this.#endOffset = last + 1;
    this.#files?.append(segment, batch, { position, endOffset: last + 1 });
    if (this.#endOffset - this.recoveryPoint >= this.config.flushMessages) void this.#files?.synced();
    const grown = this.#tail.push({ baseOffset: first, lastOffset: last, bytes: retainable(batch) });
    this.#tailBudget?.grew(this, grown);
  }

  /** For the budget of all logs: the oldest batch leaves memory, if the disk has it. */
  evictOldest(): number {
    return this.#files === undefined ? 0 : this.#tail.dropOldest(this.#files.writtenOffset);
  }

  /** Notes that a leader begins here, also when it writes nothing. */
  beginEpoch(leaderEpoch: number): void {
    if (leaderEpoch > this.epochs.latest) this.#assignEpoch(leaderEpoch, this.#endOffset);
  }

  #assignEpoch(epoch: number, startOffset: number): void {
    if (this.epochs.assign(epoch, startOffset)) this.#files?.saveEpochs(this.epochs.toText());
  }

  /** Resolves when the operating system has everything that was appended before. */
  written(): Promise<void> {
    return this.#files?.written() ?? done;
  }

  /** Resolves when everything that was appended before survives power loss. All who wait share one sync. */
  synced(): Promise<void> {
    return this.#files?.synced() ?? done;
  }

  /**
   * Whole batches from the one that holds the offset on; the first one whatever its size. A buffer holds one batch or
   * more. At once when they are in memory.
   */
  read(range: ReadRange): Buffer[] | Promise<Buffer[]> {
    if (range.offset >= Math.min(range.upTo, this.#endOffset)) return [];
    if (this.#files === undefined || range.offset >= this.#tail.firstOffset) return this.#tail.read(range);
    return this.#readFiles(range);
  }

  async #readFiles(range: ReadRange): Promise<Buffer[]> {
    const segment = this.#segments.findLast((each) => each.baseOffset <= range.offset) ?? this.#segments[0]!;
    const found = await this.#reader.read(segment, range);
    // Retention has taken the segment away meanwhile, and what was asked for with it; or compaction has put another there.
    if (range.offset < this.#startOffset) return [];
    if (segment.files!.isDropped) return this.read(range);
    if (found !== undefined) return found;
    const next = this.#segments.find((each) => each.baseOffset > segment.baseOffset);
    return next === undefined ? [] : this.read({ ...range, offset: next.baseOffset });
  }

  /** The first record with this timestamp or a later one, below `upTo`. */
  offsetForTime(timestampMs: number, upTo: number): Promise<TimedOffset | undefined> {
    const places = {
      ...{ segments: this.#segments, reader: this.#reader, startOffset: this.#startOffset },
      inflatedBytesMax: inflatedBytesMax(this.config),
    };
    return offsetForTime(this, places, { timestampMs, upTo });
  }

  /** The first of the records with the largest timestamp, of those below `upTo`. */
  async maxTimestampOffset(upTo: number): Promise<TimedOffset | undefined> {
    const largestMs = Math.max(...this.#segments.map((segment) => segment.maxTimestampMs));
    return largestMs < 0 ? undefined : this.offsetForTime(largestMs, upTo);
  }

  /** The aborted transactions whose records readers of committed ones must leave out of a range. */
  abortedTransactions(search: TxnSearch): EndedTxn[] | Promise<EndedTxn[]> {
    return collectAborted(this.#segments, this.#reader, search);
  }

  /** Gives up what stands before an offset. Whole segments go at once, the rest when its segment does. */
  deleteBefore(offset: number, nowMs: number): void {
    assert(offset <= this.#endOffset, `Offset ${offset} is behind the end of the log, ${this.#endOffset}`);
    if (offset <= this.#startOffset) return;
    this.#startOffset = offset;
    this.epochs.truncateFromStart(offset);
    const kept = this.#segments.findLastIndex((segment) => segment.baseOffset <= offset);
    this.#dropFirst(kept, nowMs);
    if (this.#files !== undefined) return;
    while (this.#tail.dropOldest(offset) > 0);
  }

  /**
   * Applies the topic's retention to whole segments below `upTo`, the high watermark, and removes the files of those
   * that were given up some time ago.
   */
  applyRetention(options: { readonly nowMs: number; readonly upTo: number }): void {
    if (this.failure !== undefined) return;
    const { nowMs } = options;
    const expired = expiredSegments(this.#segments, { ...options, config: this.config, endOffset: this.#endOffset });
    if (expired === this.#segments.length) this.roll(nowMs);
    if (expired > 0) this.deleteBefore(Math.max(this.#startOffset, this.#segments[expired]!.baseOffset), nowMs);
    this.#files?.removeDue(nowMs);
  }

  #dropFirst(count: number, nowMs: number): void {
    if (count <= 0) return;
    const dropped = this.#segments.splice(0, count);
    const files = dropped.flatMap((segment) => segment.files ?? []);
    this.#files?.drop(files, nowMs + this.config.fileDeleteDelayMs);
  }

  /** Closes the active segment, unless it is empty, and begins a new one. */
  roll(nowMs: number): void {
    if (this.#active.sizeBytes > 0) this.#rollAt(this.#endOffset, nowMs);
  }

  #rollAt(firstOffset: number, nowMs: number): void {
    const sealed = this.#active;
    const files = this.#files === undefined ? undefined : this.#newFiles(this.#files, firstOffset);
    const segment = new Segment({ baseOffset: firstOffset, createdMs: nowMs, files });
    sealed.finish();
    this.#segments.push(segment);
    if (files === undefined) return;
    segment.indexes = emptyIndexes(firstOffset);
    this.#files!.seal(sealed, files, encodeProducerSnapshot(this.producers.entries()));
  }

  #newFiles({ disk, directory }: LogFiles, firstOffset: number): SegmentFiles {
    return new SegmentFiles(disk, directory, { baseOffset: firstOffset, writtenBytes: 0, isThere: false });
  }

  /** Removes the batches that reach to `offset` or beyond, durably. The caller appends nothing until it is done. */
  async truncateTo(offset: number): Promise<void> {
    if (offset >= this.#endOffset) return;
    assert(offset >= this.#startOffset, `Offset ${offset} is before the start of the log, ${this.#startOffset}`);
    this.compaction.truncating(offset);
    this.#reader.forgetPlaces();
    const freed = this.#tail.truncateTo(offset);
    this.#tailBudget?.shrank(freed);
    this.#endOffset = await truncateSegments(this.#segments, {
      offset,
      startOffset: this.#startOffset,
      files: this.#files,
      tail: this.#tail,
      producers: this.producers,
      indexIntervalBytes: this.config.indexIntervalBytes,
    });
    this.#reader.forgetPlaces();
    this.epochs.truncateFromEnd(this.#endOffset);
    this.#files?.saveEpochs(this.epochs.toText());
    await this.written();
  }

  /** Makes everything durable and leaves the files as a clean shutdown does. */
  async close(): Promise<void> {
    await this.#files?.finish(this.#active, encodeProducerSnapshot(this.producers.entries()), this.#endOffset);
    await this.abandon();
  }

  /** Closes the files without caring for what they hold: the log has failed, or is being deleted. */
  async abandon(): Promise<void> {
    const freed = this.#tail.truncateTo(0);
    this.#tailBudget?.left(this, freed);
    await this.#files?.end();
    await this.#reader.close();
    for (const { files } of this.#segments) await files?.retire();
  }

  get #active(): Segment {
    return this.#segments.at(-1)!;
  }
}

const nothingLoaded: LoadedLog = {
  segments: [],
  startOffset: 0,
  endOffset: 0,
  isThere: false,
  deletedPaths: [],
  hasNewEpochs: false,
  loss: undefined,
};
