import { readInt64, writeInt64 } from '@nagare/protocol';
import { IndexEntries } from './index-entries.ts';

/** Bytes of an entry: the largest timestamp so far, and the relative offset of the last record of the first batch with it. */
export const timeEntryBytes = 12;

/** A timestamp and the last offset of the first batch of the segment that has it as its largest. */
export interface TimeIndexEntry {
  readonly timestampMs: number;
  readonly lastOffset: number;
}

/** Which timestamps a segment has reached where. */
export class TimeIndex {
  readonly entries: IndexEntries;
  readonly #baseOffset: number;

  constructor(baseOffset: number, written?: Buffer) {
    this.#baseOffset = baseOffset;
    this.entries = new IndexEntries(timeEntryBytes, written);
  }

  /** One entry is kept free for the end of the segment. */
  isFull(bytesMax: number): boolean {
    return this.entries.count >= Math.floor(bytesMax / timeEntryBytes) - 1;
  }

  /** Notes the largest timestamp of the segment up to now, if it is larger than that of the last entry. */
  append(entry: TimeIndexEntry): void {
    if (entry.timestampMs <= (this.last()?.timestampMs ?? -1)) return;
    const at = this.entries.add();
    writeInt64(this.entries.bytes, entry.timestampMs, at);
    this.entries.bytes.writeInt32BE(entry.lastOffset - this.#baseOffset, at + 8);
  }

  /** An offset such that all batches which end before it have only timestamps below `timestampMs`. */
  lookup(timestampMs: number): number {
    const index = this.entries.lastWhere((at) => readInt64(this.entries.bytes, at) < timestampMs);
    return index < 0 ? this.#baseOffset : this.#entry(index).lastOffset;
  }

  first(): TimeIndexEntry | undefined {
    return this.entries.count === 0 ? undefined : this.#entry(0);
  }

  last(): TimeIndexEntry | undefined {
    return this.entries.count === 0 ? undefined : this.#entry(this.entries.count - 1);
  }

  /** Removes the entries of batches that end at `offset` or later. */
  truncateTo(offset: number): void {
    const relative = offset - this.#baseOffset;
    const index = this.entries.lastWhere((at) => this.entries.bytes.readInt32BE(at + 8) < relative);
    this.entries.truncate(index + 1);
  }

  #entry(index: number): TimeIndexEntry {
    const at = this.entries.at(index);
    const { bytes } = this.entries;
    return { timestampMs: readInt64(bytes, at), lastOffset: this.#baseOffset + bytes.readInt32BE(at + 8) };
  }
}
