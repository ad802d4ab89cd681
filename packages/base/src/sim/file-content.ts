import type { Random } from '../random.ts';

/** What a disk writes whole or not at all. */
const sectorBytes = 512;

/** Bytes that grow; what was not written reads as zeros. */
class Extent {
  #bytes = Buffer.alloc(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  resize(length: number): void {
    if (length < this.#length) this.#bytes.fill(0, length, this.#length);
    if (length > this.#bytes.length) {
      const grown = Buffer.alloc(Math.max(length, 2 * this.#bytes.length, sectorBytes));
      this.#bytes.copy(grown);
      this.#bytes = grown;
    }
    this.#length = length;
  }

  write(chunk: Buffer, position: number): void {
    if (chunk.length === 0) return;
    if (position + chunk.length > this.#length) this.resize(position + chunk.length);
    chunk.copy(this.#bytes, position);
  }

  /** A view, not a copy. */
  slice(from: number, to: number): Buffer {
    return this.#bytes.subarray(Math.min(from, this.#length), Math.min(to, this.#length));
  }
}

/** The bytes of a file: those that its readers see, and those that a power loss leaves. */
export class FileContent {
  readonly kind = 'file';
  #current = new Extent();
  #durable = new Extent();
  /** All bytes in which the two may differ lie in [dirtyFrom, dirtyTo), unless a sync failed. */
  #dirtyFrom = Number.POSITIVE_INFINITY;
  #dirtyTo = 0;

  get length(): number {
    return this.#current.length;
  }

  read(position: number, length: number): Buffer {
    return Buffer.from(this.#current.slice(position, position + length));
  }

  write(chunks: readonly Buffer[], position: number): void {
    let at = position;
    for (const chunk of chunks) {
      this.#markDirty(Math.min(at, this.length), at + chunk.length);
      this.#current.write(chunk, at);
      at += chunk.length;
    }
  }

  truncate(length: number): void {
    this.#markDirty(Math.min(length, this.length), Math.max(length, this.length));
    this.#current.resize(length);
  }

  sync(): void {
    this.#durable.resize(this.length);
    if (this.#dirtyFrom < this.#dirtyTo) {
      this.#durable.write(this.#current.slice(this.#dirtyFrom, this.#dirtyTo), this.#dirtyFrom);
    }
    this.forgetDirty();
  }

  /** What Linux does when a sync fails: the pages count as written, so that the next sync "succeeds" without them. */
  forgetDirty(): void {
    this.#dirtyFrom = Number.POSITIVE_INFINITY;
    this.#dirtyTo = 0;
  }

  /** Leaves of the unsynced sectors some, none or all, and noise in a few. */
  losePower(random: Random): void {
    const survival = [0, 0.5, 1][random.below(3)]!;
    const left = new Extent();
    left.write(this.#durable.slice(0, this.#durable.length), 0);
    left.resize(lengthLeft(this.#durable.length, this.#current.length, survival, random));
    const end = Math.min(this.#dirtyTo, left.length);
    for (let from = sectorStart(this.#dirtyFrom); from < end; from += sectorBytes) {
      const written = this.#current.slice(from, Math.min(from + sectorBytes, left.length));
      if (random.next() < survival) left.write(written, from);
      else if (random.below(4) === 0) garble(left.slice(from, from + written.length), written, random);
    }
    this.#current = left;
    this.#dirtyFrom = 0;
    this.#dirtyTo = left.length;
    this.sync();
  }

  #markDirty(from: number, to: number): void {
    this.#dirtyFrom = Math.min(this.#dirtyFrom, from);
    this.#dirtyTo = Math.max(this.#dirtyTo, to);
  }
}

function sectorStart(position: number): number {
  return position - (position % sectorBytes);
}

/** Puts noise where a write would have changed something; what was there before, and synced, must stay. */
function garble(left: Buffer, written: Buffer, random: Random): void {
  for (let index = 0; index < left.length; index++) {
    if (left[index] !== written[index]) left[index] = random.below(256);
  }
}

function lengthLeft(durable: number, current: number, survival: number, random: Random): number {
  if (survival === 0) return durable;
  if (survival === 1) return current;
  return Math.min(durable, current) + random.below(Math.abs(durable - current) + 1);
}
