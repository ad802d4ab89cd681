import type { Disk } from '@nagare/base';
import { baseOffset } from '@nagare/protocol';
import { replayBatch } from '../core/partition/producer-batch.ts';
import { decodeProducerSnapshot, encodeProducerSnapshot } from '../core/partition/producer-snapshot.ts';
import type { ProducerState } from '../core/partition/producer-state.ts';
import { scanBatches } from './batch-scan.ts';
import type { Segment } from './segment.ts';
import type { SegmentFiles } from './segment-files.ts';
import { removeIfThere, syncIfThere, writeUnsafely } from './small-files.ts';

/** Finds out what producers wrote: from the newest snapshot that is whole, and the batches behind it. */
export class ProducerLoader {
  readonly #disk: Disk;
  readonly #snapshots: Map<number, string>;

  constructor(disk: Disk, snapshots: Map<number, string>) {
    this.#disk = disk;
    this.#snapshots = snapshots;
  }

  /** Brings `producers` to `upTo`. The segments are those before it. */
  async load(producers: ProducerState, segments: readonly Segment[], upTo: number): Promise<void> {
    const from = segments[0]?.baseOffset ?? upTo;
    producers.restore([], from);
    for (const offset of [...this.#snapshots.keys()].sort((a, b) => b - a)) {
      // What came between an earlier one and the first segment is gone: transactions may have ended there.
      if (offset > upTo || offset < from) continue;
      const entries = decodeProducerSnapshot(await this.#disk.readFile(this.#snapshots.get(offset)!));
      if (entries === undefined) {
        await this.#remove(offset);
        continue;
      }
      producers.restore(entries, offset);
      break;
    }
    const first = Math.max(
      0,
      segments.findLastIndex((segment) => segment.baseOffset <= producers.endOffset),
    );
    for (const segment of segments.slice(first)) await this.#replay(producers, segment, upTo);
  }

  /** Takes a snapshot at the start of a segment, durably but for its name, in place of one that a crash may have torn. */
  async save(producers: ProducerState, { snapshotPath, baseOffset: offset }: SegmentFiles): Promise<void> {
    await writeUnsafely(this.#disk, snapshotPath, encodeProducerSnapshot(producers.entries()));
    await syncIfThere(this.#disk, snapshotPath);
    this.#snapshots.set(offset, snapshotPath);
  }

  /** Removes the snapshots that do not belong to the start of a segment or the end of the log. */
  async removeStray(segments: readonly Segment[], endOffset: number): Promise<void> {
    const bases = new Set(segments.map((segment) => segment.baseOffset));
    for (const offset of [...this.#snapshots.keys()]) {
      if (offset !== endOffset && !bases.has(offset)) await this.#remove(offset);
    }
  }

  async #replay(producers: ProducerState, segment: Segment, upTo: number): Promise<void> {
    const files = segment.files!;
    const from = await this.#positionOf(segment, producers.endOffset);
    await scanBatches(files, { from, to: files.writtenBytes }, (buffer, at) => {
      if (baseOffset(buffer, at) >= upTo) return false;
      if (baseOffset(buffer, at) >= producers.endOffset) replayBatch(producers, buffer, at);
      return true;
    });
    if (files.isSealed) await files.close();
  }

  async #positionOf(segment: Segment, offset: number): Promise<number> {
    if (offset <= segment.baseOffset) return 0;
    const indexes = segment.indexes ?? (await segment.files!.loadIndexes());
    return indexes?.offsets.lookup(offset) ?? 0;
  }

  async #remove(offset: number): Promise<void> {
    await removeIfThere(this.#disk, this.#snapshots.get(offset)!);
    this.#snapshots.delete(offset);
  }
}
