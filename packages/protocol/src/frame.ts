import { ProtocolError } from './protocol-error.ts';

/**
 * Cuts a byte stream into frames: four bytes of length, then as many bytes. It keeps the chunks as they came and joins
 * them when a frame is whole, so that no length on the wire makes it allocate.
 */
export class FrameReader {
  readonly #frameBytesMax: number;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #length = -1;

  /** @param frameBytesMax - The longest frame that is let in, in bytes without the length. */
  constructor(frameBytesMax: number) {
    this.#frameBytesMax = frameBytesMax;
  }

  /** Bytes of a frame that is not whole yet, its length included. */
  get pendingBytes(): number {
    return this.#bytes;
  }

  /** Takes a chunk as it came from the connection. */
  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }

  /**
   * The next whole frame, or undefined until more bytes come. The frame is a slice of what was pushed when it lies in
   * one chunk.
   *
   * @throws {ProtocolError} `too-large` or `malformed` for a length out of bounds: the connection is of no more use.
   */
  next(): Buffer | undefined {
    if (this.#length < 0) {
      if (this.#bytes < 4) return undefined;
      this.#length = this.#readLength();
    }
    if (this.#bytes < 4 + this.#length) return undefined;
    const frame = this.#take(4 + this.#length).subarray(4);
    this.#length = -1;
    return frame;
  }

  #readLength(): number {
    const first = this.#chunks[0] as Buffer;
    if (first.length < 4) this.#chunks = [Buffer.concat(this.#chunks)];
    const length = (this.#chunks[0] as Buffer).readInt32BE(0);
    if (length < 0) throw new ProtocolError('malformed', `A frame cannot be ${length} bytes long`);
    if (length > this.#frameBytesMax) {
      throw new ProtocolError('too-large', `A frame of ${length} bytes is longer than ${this.#frameBytesMax}`);
    }
    return length;
  }

  #take(length: number): Buffer {
    const first = this.#chunks[0] as Buffer;
    this.#bytes -= length;
    if (first.length > length) {
      this.#chunks[0] = first.subarray(length);
      return first.subarray(0, length);
    }
    if (first.length === length) {
      this.#chunks.shift();
      return first;
    }
    const whole = Buffer.concat(this.#chunks);
    this.#chunks = whole.length > length ? [whole.subarray(length)] : [];
    return whole.subarray(0, length);
  }
}

/** Puts the length before the chunks of one frame. */
export function frameOf(chunks: readonly Buffer[]): Buffer[] {
  let length = 0;
  for (const chunk of chunks) length += chunk.length;
  const prefix = Buffer.allocUnsafeSlow(4);
  prefix.writeInt32BE(length, 0);
  return [prefix, ...chunks];
}
