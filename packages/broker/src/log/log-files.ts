import { type Disk, directoryOf, replaceFile } from '@nagare/base';
import { BrokerError } from '../errors.ts';
import { formatPartitionMetadata, partitionMetadataName } from './partition-metadata.ts';
import type { Segment } from './segment.ts';
import { type SegmentFiles, stemOf, swapSuffix } from './segment-files.ts';
import { SharedRun } from './shared-run.ts';
import { removeIfThere, syncIfThere, writeText, writeUnsafely } from './small-files.ts';

export const epochCheckpointName = 'leader-epoch-checkpoint';

/** Index entries wait in memory until they fill a block: after a crash they are made again anyway. */
const indexBlockBytes = 4096;

/** What the writer does, one after the other. */
type WriteStep =
  | { readonly kind: 'chunks'; readonly segment: Segment; readonly chunks: Buffer[]; readonly position: number }
  | { readonly kind: 'seal'; readonly sealed: Segment; readonly next: SegmentFiles; readonly snapshot: Buffer }
  | { readonly kind: 'epochs'; readonly text: string }
  | ({ readonly kind: 'swap' } & Swap)
  | { readonly kind: 'drop'; readonly files: readonly SegmentFiles[]; readonly dueMs: number }
  | { readonly kind: 'remove'; readonly nowMs: number };

/** A segment that compaction has written and synced, and the ones whose place it takes. */
export interface Swap {
  readonly cleaned: Segment;
  readonly replaced: readonly SegmentFiles[];
  /** When the bytes of the old ones may go. */
  readonly dueMs: number;
}

export interface LogFilesOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly topicId: string;
  /** Whether the folder and its `partition.metadata` are there. */
  readonly isThere: boolean;
  /** Where the log ends, durably. */
  readonly endOffset: number;
  /** Files that wait for their removal. */
  readonly deletedPaths: readonly string[];
}

/**
 * The disk side of a log: one writer that takes steps in order, all that wait in one go, and syncs that serve everybody
 * who asked. The first error ends it for good: what the disk holds after one is not known, and a second sync of the
 * same file would succeed without having written anything.
 */
export class LogFiles {
  readonly disk: Disk;
  readonly directory: string;
  readonly #topicId: string;
  readonly #writes = new SharedRun(() => this.#fencing(() => this.#takeSteps()));
  readonly #syncs = new SharedRun(() => this.#fencing(() => this.#sync()));
  #steps: WriteStep[] = [];
  #failure: BrokerError | undefined;
  #isThere: boolean;
  #acceptedOffset: number;
  #writtenOffset: number;
  #syncedOffset: number;
  #pendingBytes = 0;
  /** Written since their last sync. */
  readonly #dirty = new Set<SegmentFiles>();
  /** Paths of producer snapshots, written since their last sync. */
  readonly #dirtySnapshots = new Set<string>();
  /** Counts changes of names in the folder, and which of them survive power loss. */
  #namesChanged = 0;
  #namesSynced = 0;
  #graveyard: { readonly path: string; readonly dueMs: number }[];

  constructor(options: LogFilesOptions) {
    this.disk = options.disk;
    this.directory = options.directory;
    this.#topicId = options.topicId;
    this.#isThere = options.isThere;
    this.#acceptedOffset = options.endOffset;
    this.#writtenOffset = options.endOffset;
    this.#syncedOffset = options.endOffset;
    this.#graveyard = options.deletedPaths.map((path) => ({ path, dueMs: 0 }));
  }

  get failure(): BrokerError | undefined {
    return this.#failure;
  }

  get writtenOffset(): number {
    return this.#writtenOffset;
  }

  get syncedOffset(): number {
    return this.#syncedOffset;
  }

  /** Bytes that the operating system has not taken yet. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Queues a batch for the end of a segment, after which the log reaches to `endOffset`. */
  append(segment: Segment, batch: Buffer, place: { readonly position: number; readonly endOffset: number }): void {
    const last = this.#steps.at(-1);
    if (last?.kind === 'chunks' && last.segment === segment) last.chunks.push(batch);
    else this.#steps.push({ kind: 'chunks', segment, chunks: [batch], position: place.position });
    this.#pendingBytes += batch.length;
    this.#acceptedOffset = place.endOffset;
    this.#writes.request();
  }

  /** Ends a segment, whose indexes grow no more, and makes the files of the next one. */
  seal(sealed: Segment, next: SegmentFiles, snapshot: Buffer): void {
    this.#steps.push({ kind: 'seal', sealed, next, snapshot });
    this.#syncs.request();
  }

  /** Replaces the leader epochs on disk, before anything that is appended later. */
  saveEpochs(text: string): void {
    this.#steps.push({ kind: 'epochs', text });
    this.#writes.request();
  }

  /** Takes segments away now, and their bytes when `dueMs` is reached at the next {@link removeDue}. */
  drop(files: readonly SegmentFiles[], dueMs: number): void {
    for (const each of files) each.isDropped = true;
    this.#steps.push({ kind: 'drop', files, dueMs });
    this.#writes.request();
  }

  /** Gives a compacted segment the names of those that it replaces. Its indexes stay in memory until it has them. */
  swap(swap: Swap): void {
    for (const each of swap.replaced) each.isDropped = true;
    this.#steps.push({ kind: 'swap', ...swap });
    this.#writes.request();
  }

  removeDue(nowMs: number): void {
    if (!this.#graveyard.some(({ dueMs }) => dueMs <= nowMs)) return;
    this.#steps.push({ kind: 'remove', nowMs });
    this.#writes.request();
  }

  /** Resolves when the operating system has everything that was asked for before. */
  written(): Promise<void> {
    return this.#writes.request();
  }

  /** Resolves when everything that was appended before survives power loss. */
  synced(): Promise<void> {
    return this.#syncs.request();
  }

  /** Does something to the files while nothing else does. The caller appends nothing until it is done. */
  async exclusively(act: () => Promise<void>): Promise<void> {
    await this.synced();
    await this.#fencing(act);
  }

  /** Within {@link exclusively}: takes the files of a segment away, durably. */
  async dropNow(files: SegmentFiles): Promise<void> {
    files.isDropped = true;
    await this.#dropFiles([files], 0);
    await this.#syncNames();
  }

  /** Leaves the files as a clean shutdown does. Nothing may be appended any more. */
  async finish(active: Segment, snapshot: Buffer, endOffset: number): Promise<void> {
    await this.synced();
    if (!this.#isThere) return;
    await this.#fencing(async () => {
      active.finish();
      if (active.files!.isThere) {
        await active.files!.writeIndexes(active.indexes!, { isWhole: true });
        await active.files!.writeAborted(active.aborted!);
      }
      await replaceFile(this.disk, `${this.directory}/${stemOf(endOffset)}.snapshot`, snapshot);
    });
  }

  /** Waits for what is under way and does nothing from then on: a path may belong to another log. */
  async end(): Promise<void> {
    this.#failure ??= new BrokerError('NAGARE_BROKER_STOPPED', this.directory);
    this.#steps = [];
    await Promise.allSettled([this.#writes.request(), this.#syncs.request()]);
  }

  /** Within {@link exclusively}: notes that the log ends elsewhere now. */
  truncated(endOffset: number): void {
    this.#acceptedOffset = endOffset;
    this.#writtenOffset = endOffset;
    this.#syncedOffset = Math.min(this.#syncedOffset, endOffset);
  }

  async #fencing(act: () => Promise<void>): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      await act();
    } catch (cause) {
      this.#failure ??= new BrokerError('NAGARE_BROKER_LOG_FAILED', this.directory, { cause });
      this.#steps = [];
      throw this.#failure;
    }
  }

  async #takeSteps(): Promise<void> {
    const steps = this.#steps;
    const bytes = this.#pendingBytes;
    const endOffset = this.#acceptedOffset;
    this.#steps = [];
    if (steps.length > 0 && !this.#isThere) await this.#makeDirectory();
    for (const step of steps) await this.#take(step);
    this.#writtenOffset = endOffset;
    this.#pendingBytes -= bytes;
  }

  #take(step: WriteStep): Promise<void> {
    switch (step.kind) {
      case 'chunks':
        return this.#writeChunks(step.segment, step.chunks, step.position);
      case 'seal':
        return this.#sealFiles(step.sealed, step.next, step.snapshot);
      case 'epochs':
        return writeText(this.disk, `${this.directory}/${epochCheckpointName}`, step.text);
      case 'swap':
        return this.#swapFiles(step);
      case 'drop':
        return this.#dropFiles(step.files, step.dueMs);
      case 'remove':
        return this.#removeFiles(step.nowMs);
    }
  }

  async #makeDirectory(): Promise<void> {
    await this.disk.makeDirectory(this.directory);
    await writeText(this.disk, `${this.directory}/${partitionMetadataName}`, formatPartitionMetadata(this.#topicId));
    this.#namesChanged += 1;
    this.#isThere = true;
  }

  async #writeChunks(segment: Segment, chunks: readonly Buffer[], position: number): Promise<void> {
    const { files, indexes } = segment;
    if (!files!.isThere) await this.#create(files!);
    await files!.append(chunks, position);
    this.#dirty.add(files!);
    // Only now: an index must not lead to bytes that are not there.
    if (indexes !== undefined && indexes.offsets.entries.unwrittenBytes >= indexBlockBytes) {
      await files!.writeIndexes(indexes, { isWhole: false });
    }
  }

  async #sealFiles(sealed: Segment, next: SegmentFiles, snapshot: Buffer): Promise<void> {
    const files = sealed.files!;
    if (!files.isThere) await this.#create(files);
    if (sealed.indexes !== undefined) await files.writeIndexes(sealed.indexes, { isWhole: true });
    await files.writeAborted(sealed.aborted!);
    this.#dirty.add(files);
    await writeUnsafely(this.disk, next.snapshotPath, snapshot);
    this.#dirtySnapshots.add(next.snapshotPath);
    await this.#create(next);
    sealed.cool();
    files.isSealed = true;
  }

  async #create(files: SegmentFiles): Promise<void> {
    await files.create();
    this.#namesChanged += 1;
  }

  async #dropFiles(all: readonly SegmentFiles[], dueMs: number): Promise<void> {
    // The files that remain tell where the log ends, and who had written what before them: they must survive before the
    // others go.
    await this.#syncSnapshots();
    await this.#syncNames();
    for (const files of all) {
      this.#dirty.delete(files);
      for (const path of await files.markDeleted()) this.#graveyard.push({ path, dueMs });
    }
    this.#namesChanged += 1;
  }

  /** A start finishes this from where every new file has the suffix of a swap, and undoes it before. */
  async #swapFiles({ cleaned, replaced, dueMs }: Swap): Promise<void> {
    const files = cleaned.files!;
    await files.changeSuffix(swapSuffix);
    await this.disk.syncDirectory(this.directory);
    for (const old of replaced) {
      this.#dirty.delete(old);
      const marked = await old.markDeleted({ keepsSnapshot: old.baseOffset === files.baseOffset });
      for (const path of marked) this.#graveyard.push({ path, dueMs });
    }
    await files.changeSuffix('');
    await this.disk.syncDirectory(this.directory);
    files.isSealed = true;
    cleaned.cool();
    await files.close();
  }

  async #removeFiles(nowMs: number): Promise<void> {
    const due = this.#graveyard.filter(({ dueMs }) => dueMs <= nowMs);
    this.#graveyard = this.#graveyard.filter(({ dueMs }) => dueMs > nowMs);
    for (const { path } of due) await removeIfThere(this.disk, path);
  }

  async #sync(): Promise<void> {
    const endOffset = this.#acceptedOffset;
    await this.#writes.request();
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    for (const files of dirty) {
      await files.sync();
      if (files.isSealed) await files.close();
    }
    await this.#syncSnapshots();
    await this.#syncNames();
    this.#syncedOffset = Math.max(this.#syncedOffset, endOffset);
  }

  /** Each is clean only after its sync: whoever asks meanwhile syncs it too, rather than trust one that is under way. */
  async #syncSnapshots(): Promise<void> {
    for (const path of [...this.#dirtySnapshots]) {
      await syncIfThere(this.disk, path);
      this.#dirtySnapshots.delete(path);
    }
  }

  async #syncNames(): Promise<void> {
    const changed = this.#namesChanged;
    if (changed === this.#namesSynced) return;
    await this.disk.syncDirectory(this.directory);
    await this.disk.syncDirectory(directoryOf(this.directory));
    this.#namesSynced = Math.max(this.#namesSynced, changed);
  }
}
