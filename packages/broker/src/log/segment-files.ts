import { type Disk, DiskError, type DiskFile } from '@nagare/base';
import { OffsetIndex, offsetEntryBytes } from './offset-index.ts';
import type { SegmentIndexes } from './segment.ts';
import { readIfThere, removeIfThere } from './small-files.ts';
import { TimeIndex, type TimeIndexEntry, timeEntryBytes } from './time-index.ts';
import { TxnIndex } from './txn-index.ts';

/** Stands behind the names of files that are about to be removed. */
export const deletedSuffix = '.deleted';
/** Stands behind the names of files that compaction is writing. */
export const cleanedSuffix = '.cleaned';
/** Stands behind the names of files that are complete, and replace others. */
export const swapSuffix = '.swap';

/** How much is read at once to be written again. */
const copyBytes = 1024 ** 2;

/** What a segment consists of. The log comes first: without its name the others mean nothing. */
export const segmentExtensions = ['.log', '.index', '.timeindex', '.txnindex'] as const;

/** The name that Kafka gives the files of a segment, or of a snapshot, without the part that says what it is. */
export function stemOf(baseOffset: number): string {
  return `${baseOffset}`.padStart(20, '0');
}

/** The files of one segment. Those who use them keep their writes in order themselves. */
export class SegmentFiles {
  readonly baseOffset: number;
  readonly #disk: Disk;
  readonly #stem: string;
  #suffix: string;
  #log: Promise<DiskFile> | undefined;
  /** Operations that are under way: the file must stay open for them. */
  #users = 0;
  #closesAfterUse = false;
  #isGone = false;
  /** The bytes of `.log` that may be read: those that a finished write has left there. */
  writtenBytes: number;
  /** False until the files are made. */
  isThere: boolean;
  /** True when nothing is appended any more. */
  isSealed = false;
  /** True from when the files are about to be renamed away. */
  isDropped = false;

  constructor(
    disk: Disk,
    directory: string,
    options: { baseOffset: number; writtenBytes: number; isThere: boolean; suffix?: string },
  ) {
    this.#disk = disk;
    this.#suffix = options.suffix ?? '';
    this.baseOffset = options.baseOffset;
    this.writtenBytes = options.writtenBytes;
    this.isThere = options.isThere;
    this.#stem = `${directory}/${stemOf(options.baseOffset)}`;
  }

  get logPath(): string {
    return this.#pathOf('.log');
  }

  #pathOf(extension: string): string {
    return this.#stem + extension + this.#suffix;
  }

  get snapshotPath(): string {
    return `${this.#stem}.snapshot`;
  }

  get #indexPaths(): readonly string[] {
    return [this.#pathOf('.index'), this.#pathOf('.timeindex')];
  }

  async create(): Promise<void> {
    await this.#use(async () => {});
    for (const path of this.#indexPaths) await (await this.#disk.open(path, { create: true })).close();
    this.isThere = true;
  }

  async append(chunks: readonly Buffer[], position: number): Promise<void> {
    await this.#use((file) => file.write(chunks, position));
    let bytes = 0;
    for (const chunk of chunks) bytes += chunk.length;
    this.writtenBytes = position + bytes;
  }

  /** Reads within what is written. */
  read(position: number, length: number): Promise<Buffer> {
    return this.#use((file) => file.read(position, Math.max(0, Math.min(length, this.writtenBytes - position))));
  }

  /** Cuts `.log` off and makes that durable: what stood behind must never come back. */
  async truncate(length: number): Promise<void> {
    await this.#use(async (file) => {
      await file.truncate(length);
      await file.sync();
    });
    this.writtenBytes = length;
  }

  /** Makes `.log` durable, unless it is going away. */
  async sync(): Promise<void> {
    if (this.isDropped) return;
    try {
      await this.#use((file) => file.sync());
    } catch (error) {
      if (!this.isDropped) throw error;
    }
  }

  /**
   * Writes `.log` again as it reads, from a position on. After a sync that failed, memory holds bytes that the disk has not and
   * that no later sync would write.
   */
  async writeAgain(from: number): Promise<void> {
    await this.#use(async (file) => {
      for (let position = from; position < this.writtenBytes; position += copyBytes) {
        const bytes = await file.read(position, Math.min(copyBytes, this.writtenBytes - position));
        await file.write([bytes], position);
      }
    });
  }

  /** The last entry of a closed segment's time index; undefined when an index is missing or cannot be whole. */
  async peekTimes(): Promise<TimeIndexEntry | undefined> {
    const [offsetPath, timePath] = this.#indexPaths;
    const offsetBytes = (await this.#disk.stat(offsetPath!))?.bytes;
    const timeBytes = (await this.#disk.stat(timePath!))?.bytes;
    if (offsetBytes === undefined || timeBytes === undefined) return undefined;
    if (offsetBytes % offsetEntryBytes !== 0 || timeBytes % timeEntryBytes !== 0) return undefined;
    if (timeBytes === 0) return { timestampMs: -1, lastOffset: this.baseOffset };
    const file = await this.#disk.open(timePath!, { readOnly: true });
    try {
      const last = await file.read(timeBytes - timeEntryBytes, timeEntryBytes);
      return new TimeIndex(this.baseOffset, last).last();
    } finally {
      await file.close();
    }
  }

  /** The indexes as the files hold them, or undefined when one is missing or cannot be right. */
  async loadIndexes(): Promise<SegmentIndexes | undefined> {
    const [offsetBytes, timeBytes] = await Promise.all(this.#indexPaths.map((path) => readIfThere(this.#disk, path)));
    if (offsetBytes === undefined || timeBytes === undefined) return undefined;
    const offsets = new OffsetIndex(this.baseOffset, offsetBytes);
    const times = new TimeIndex(this.baseOffset, timeBytes);
    return this.#isSane({ offsets, times }) ? { offsets, times } : undefined;
  }

  #isSane({ offsets, times }: SegmentIndexes): boolean {
    const isWhole = [offsets, times].every(({ entries }) => entries.bytes.length % entries.entryBytes === 0);
    const last = offsets.last();
    const isInLog = last === undefined || (last.lastOffset >= this.baseOffset && last.position < this.writtenBytes);
    const isRising = (times.last()?.timestampMs ?? -1) >= (times.first()?.timestampMs ?? -1);
    return isWhole && isInLog && isRising && (times.last()?.lastOffset ?? this.baseOffset) >= this.baseOffset;
  }

  /** Writes what the index files lack. `isWhole` also cuts off what they have too much, and makes them durable. */
  async writeIndexes({ offsets, times }: SegmentIndexes, options: { isWhole: boolean }): Promise<void> {
    const [offsetPath, timePath] = this.#indexPaths;
    await this.#writeIndex(offsetPath!, offsets.entries, options);
    await this.#writeIndex(timePath!, times.entries, options);
  }

  /** The aborted transactions as the file holds them, none without a file; undefined when they cannot be right. */
  async loadAborted(): Promise<TxnIndex | undefined> {
    const index = new TxnIndex(await readIfThere(this.#disk, this.#pathOf('.txnindex')));
    return index.isSane(this.baseOffset) ? index : undefined;
  }

  /** Makes the aborted transactions durable. Where there are none, there is no file. */
  async writeAborted(index: TxnIndex): Promise<void> {
    const path = this.#pathOf('.txnindex');
    if (index.isEmpty && (await this.#disk.stat(path)) === undefined) return;
    await this.#writeIndex(path, index.entries, { isWhole: true });
  }

  async #writeIndex(path: string, entries: OffsetIndex['entries'], options: { isWhole: boolean }): Promise<void> {
    if (!options.isWhole && entries.unwrittenBytes === 0) return;
    const file = await this.#disk.open(path, { create: true });
    try {
      await entries.writeTo(file);
      if (!options.isWhole) return;
      await file.truncate(entries.at(entries.count));
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /**
   * Renames the files so that a restart does not find them, the snapshot at their start among them unless it still is one.
   * Returns the new paths.
   */
  async markDeleted(options: { readonly keepsSnapshot?: boolean } = {}): Promise<string[]> {
    await this.retire();
    const marked: string[] = [];
    const segment = segmentExtensions.map((extension) => this.#pathOf(extension));
    for (const path of options.keepsSnapshot === true ? segment : [...segment, this.snapshotPath]) {
      if ((await this.#disk.stat(path)) === undefined) continue;
      await this.#disk.rename(path, path + deletedSuffix);
      marked.push(path + deletedSuffix);
    }
    return marked;
  }

  /** Gives the files another suffix. Who has the log open keeps it. */
  async changeSuffix(suffix: string): Promise<void> {
    for (const extension of segmentExtensions) {
      const path = this.#pathOf(extension);
      if ((await this.#disk.stat(path)) !== undefined) await this.#disk.rename(path, this.#stem + extension + suffix);
    }
    this.#suffix = suffix;
  }

  /** Removes the files, which nobody knows yet. */
  async discard(): Promise<void> {
    await this.retire();
    for (const extension of segmentExtensions) await removeIfThere(this.#disk, this.#pathOf(extension));
  }

  /** Closes `.log`, at the latest when what is under way is done. It opens again when it is used. */
  async close(): Promise<void> {
    this.#closesAfterUse = this.#users > 0;
    if (this.#users > 0 || this.#log === undefined) return;
    const log = this.#log;
    this.#log = undefined;
    await (await log).close();
  }

  /** Closes `.log` for good: another log's file may stand at its path from now on. */
  retire(): Promise<void> {
    this.#isGone = true;
    return this.close();
  }

  async #use<Value>(act: (file: DiskFile) => Promise<Value>): Promise<Value> {
    this.#users += 1;
    try {
      this.#log ??= this.#open();
      return await act(await this.#log);
    } finally {
      this.#users -= 1;
      if (this.#users === 0 && this.#closesAfterUse) await this.close();
    }
  }

  async #open(): Promise<DiskFile> {
    try {
      if (this.#isGone) throw new DiskError('ENOENT', this.logPath, `${this.logPath} was taken away`);
      return await this.#disk.open(this.logPath, { create: !this.isThere });
    } catch (error) {
      this.#log = undefined;
      throw error;
    }
  }
}
