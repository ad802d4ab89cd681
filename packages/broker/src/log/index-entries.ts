import type { DiskFile } from '@nagare/base';

const bytesAtFirst = 512;

/** Entries of one size, in rising order, as they stand in an index file; the newest may not have been written yet. */
export class IndexEntries {
  readonly entryBytes: number;
  #bytes: Buffer;
  #count: number;
  #writtenCount: number;

  /** @param written - What the file holds. */
  constructor(entryBytes: number, written: Buffer = Buffer.alloc(0)) {
    this.entryBytes = entryBytes;
    this.#bytes = written;
    this.#count = Math.floor(written.length / entryBytes);
    this.#writtenCount = this.#count;
  }

  get count(): number {
    return this.#count;
  }

  get unwrittenBytes(): number {
    return (this.#count - this.#writtenCount) * this.entryBytes;
  }

  /** Where entry `index` stands in {@link bytes}. */
  at(index: number): number {
    return index * this.entryBytes;
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Makes room for one more entry and returns where in {@link bytes} it belongs. */
  add(): number {
    const at = this.at(this.#count);
    if (at + this.entryBytes > this.#bytes.length) this.#grow();
    this.#count += 1;
    return at;
  }

  /** The last entry for which `isBelow` holds, or -1. It must hold for a first part of the entries and no others. */
  lastWhere(isBelow: (at: number) => boolean): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBelow(this.at(middle))) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Keeps the first `count` entries. */
  truncate(count: number): void {
    this.#count = Math.min(this.#count, count);
    this.#writtenCount = Math.min(this.#writtenCount, this.#count);
  }

  /** Writes what the file does not have yet. */
  async writeTo(file: DiskFile): Promise<void> {
    const from = this.#writtenCount;
    const to = this.#count;
    if (from === to) return;
    await file.write([this.#bytes.subarray(this.at(from), this.at(to))], this.at(from));
    this.#writtenCount = to;
  }

  #grow(): void {
    const unit = Math.max(this.entryBytes, bytesAtFirst - (bytesAtFirst % this.entryBytes));
    const grown = Buffer.allocUnsafeSlow(Math.max(unit, 2 * this.#bytes.length));
    this.#bytes.copy(grown);
    this.#bytes = grown;
  }
}
