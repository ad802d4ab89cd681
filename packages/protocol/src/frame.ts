import { ProtocolError } from './protocol-error.ts';

const prefixBytes = 4;
/** Beyond a few, chunks that are shorter than this on average are joined: many tiny ones would take far more than they hold. */
const chunkBytesMin = 16 * 1024;
const fewChunks = 16;

/**
 * Cuts a byte stream into frames: four bytes of length, then as many bytes.
 *
 * It keeps the chunks as they came, so that no length on the wire makes it allocate. A frame that lies in one chunk is a
 * slice of it; one in several is copied, once, into memory of exactly its size: who keeps it keeps nothing else with it.
 */
export class FrameReader {
  readonly #frameBytesMax: number;
  #chunks: Buffer[] = [];
  /** Where in the first chunk the next frame begins. */
  #at = 0;
  #bytes = 0;

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
    if (this.#chunks.length > fewChunks + this.#bytes / chunkBytesMin) this.#join();
  }

  /**
   * The next whole frame, or undefined until more bytes come.
   *
   * @throws {ProtocolError} `too-large` or `malformed` for a length out of bounds: the connection is of no more use.
   */
  next(): Buffer | undefined {
    if (this.#bytes < prefixBytes) return undefined;
    if (this.#first.length - this.#at < prefixBytes) this.#join();
    const length = this.#length();
    if (this.#bytes < prefixBytes + length) return undefined;
    this.#bytes -= prefixBytes + length;
    this.#consume(prefixBytes);
    if (this.#chunks.length > 0 && this.#first.length - this.#at >= length) {
      const start = this.#at;
      const frame = this.#first.subarray(start, start + length);
      this.#consume(length);
      return frame;
    }
    return this.#gather(length);
  }

  get #first(): Buffer {
    return this.#chunks[0] as Buffer;
  }

  #length(): number {
    const length = this.#first.readInt32BE(this.#at);
    if (length < 0) throw new ProtocolError('malformed', `A frame cannot be ${length} bytes long`);
    if (length > this.#frameBytesMax) {
      throw new ProtocolError('too-large', `A frame of ${length} bytes is longer than ${this.#frameBytesMax}`);
    }
    return length;
  }

  /** Copies the frame of the next `length` bytes out of its chunks. */
  #gather(length: number): Buffer {
    const frame = Buffer.allocUnsafeSlow(length);
    for (let at = 0; at < length; ) {
      const copied = this.#first.copy(frame, at, this.#at);
      this.#consume(copied);
      at += copied;
    }
    return frame;
  }

  /** Takes bytes off the first chunk. */
  #consume(bytes: number): void {
    this.#at += bytes;
    if (this.#at < this.#first.length) return;
    this.#chunks.shift();
    this.#at = 0;
  }

  #join(): void {
    const [first, ...others] = this.#chunks as [Buffer, ...Buffer[]];
    this.#chunks = [Buffer.concat([first.subarray(this.#at), ...others])];
    this.#at = 0;
  }
}

/** Puts the length before the chunks of one frame. */
export function frameOf(chunks: readonly Buffer[]): Buffer[] {
  let length = 0;
  for (const chunk of chunks) length += chunk.length;
  const prefix = Buffer.allocUnsafeSlow(prefixBytes);
  prefix.writeInt32BE(length, 0);
  return [prefix, ...chunks];
}
