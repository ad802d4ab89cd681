import { corrupt } from '../codec.ts';

/**
 * Reads bits from the end of a section to its start, as zstd writes its entropy-coded streams. The last byte holds a
 * set bit that marks where they begin. Reading beyond the start gives zeros and leaves {@link left} negative.
 */
export class BackwardBits {
  readonly #bytes: Uint8Array;
  readonly #start: number;
  /** Bits not read yet. */
  left: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    const last = end > start ? bytes[end - 1]! : 0;
    if (last === 0) throw corrupt('zstd', 'a bit stream has no end');
    this.#bytes = bytes;
    this.#start = start;
    this.left = (end - start) * 8 - Math.clz32(last) + 23;
  }

  /** The next `count` bits, at most 24, without taking them. */
  peek(count: number): number {
    const at = this.left - count;
    if (at < 0) return this.#peekBeyondStart(count);
    const byte = this.#start + (at >> 3);
    const bytes = this.#bytes;
    const word = bytes[byte]! | (bytes[byte + 1]! << 8) | (bytes[byte + 2]! << 16) | (bytes[byte + 3]! << 24);
    return (word >>> (at & 7)) & ((1 << count) - 1);
  }

  #peekBeyondStart(count: number): number {
    if (this.left <= 0) return 0;
    const kept = this.left;
    return this.peek(kept) << (count - kept);
  }

  read(count: number): number {
    const bits = this.peek(count);
    this.left -= count;
    return bits;
  }

  /** The next `count` bits, at most 31, as a number. */
  readLong(count: number): number {
    if (count <= 24) return this.read(count);
    const high = this.read(count - 16);
    return high * 65_536 + this.read(16);
  }
}
