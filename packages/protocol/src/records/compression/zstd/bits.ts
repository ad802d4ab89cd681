import { corrupt } from '../codec.ts';

/**
 * Reads bits from the end of a section to its start, as zstd writes its entropy-coded streams. The last byte holds a
 * set bit that marks where they begin. Reading beyond the start gives zeros and leaves {@link left} negative.
 */
export class BackwardBits {
  readonly #bytes: DataView;
  readonly #start: number;
  /** The last place from which four bytes can be loaded at once. */
  readonly #wordMax: number;
  /** Bits not read yet. */
  left: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    const last = end > start ? bytes[end - 1]! : 0;
    if (last === 0) throw corrupt('zstd', 'a bit stream has no end');
    this.#bytes = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#wordMax = bytes.length - 4;
    this.#start = start;
    this.left = (end - start) * 8 - Math.clz32(last) + 23;
  }

  /** The next `count` bits, at most 24, without taking them. */
  peek(count: number): number {
    const at = this.left - count;
    const byte = this.#start + (at >> 3);
    if (at < 0 || byte > this.#wordMax) return this.#peekAtEdge(count);
    return (this.#bytes.getInt32(byte, true) >>> (at & 7)) & ((1 << count) - 1);
  }

  /** Where four bytes are not there to be loaded, takes bit after bit. */
  #peekAtEdge(count: number): number {
    let bits = 0;
    for (let at = this.left - 1; at >= this.left - count; at -= 1) {
      const bit = at < 0 ? 0 : (this.#bytes.getUint8(this.#start + (at >> 3)) >>> (at & 7)) & 1;
      bits = (bits << 1) | bit;
    }
    return bits;
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
