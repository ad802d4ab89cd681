import { IndexEntries } from './index-entries.ts';

/** Bytes of an entry: the relative offset of a batch's last record, and the position of the batch. */
export const offsetEntryBytes = 8;

/** Where in a segment some of its batches start. */
export class OffsetIndex {
  readonly entries: IndexEntries;
  readonly #baseOffset: number;

  constructor(baseOffset: number, written?: Buffer) {
    this.#baseOffset = baseOffset;
    this.entries = new IndexEntries(offsetEntryBytes, written);
  }

  isFull(bytesMax: number): boolean {
    return this.entries.count >= Math.floor(bytesMax / offsetEntryBytes);
  }

  /** Notes that the batch which ends with `lastOffset` starts at `position`. */
  append(lastOffset: number, position: number): void {
    const at = this.entries.add();
    this.entries.bytes.writeInt32BE(lastOffset - this.#baseOffset, at);
    this.entries.bytes.writeInt32BE(position, at + 4);
  }

  /** A position from which the batch that holds `offset`, or the first one after it, is found by going on. */
  lookup(offset: number): number {
    const index = this.#lastUpTo(offset);
    return index < 0 ? 0 : this.entries.bytes.readInt32BE(this.entries.at(index) + 4);
  }

  /** The last batch in the index. */
  last(): { readonly lastOffset: number; readonly position: number } | undefined {
    if (this.entries.count === 0) return undefined;
    const at = this.entries.at(this.entries.count - 1);
    const { bytes } = this.entries;
    return { lastOffset: this.#baseOffset + bytes.readInt32BE(at), position: bytes.readInt32BE(at + 4) };
  }

  /** Removes the batches that end at `offset` or later. */
  truncateTo(offset: number): void {
    this.entries.truncate(this.#lastUpTo(offset - 1) + 1);
  }

  #lastUpTo(offset: number): number {
    const relative = offset - this.#baseOffset;
    return this.entries.lastWhere((at) => this.entries.bytes.readInt32BE(at) <= relative);
  }
}
