import { ProtocolError } from './protocol-error.ts';

const prefixBytes = 4;
/** What a frame in pieces gets at first: as much as one read of a socket gives. */
const pieceBytes = 64 * 1024;

/**
 * Cuts a byte stream into frames: four bytes of length, then as many bytes.
 *
 * A frame that lies in one chunk is a slice of it. One in pieces is gathered in memory of its own, which grows as the
 * bytes come and ends exactly as long as the frame: no length on the wire makes it allocate, no stream of tiny chunks
 * piles up, and who keeps a frame keeps nothing else with it.
 */
export class FrameReader {
  readonly #frameBytesMax: number;
  /** What was not looked at yet. */
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  /** A frame in pieces, its length included, of which {@link #gatheredBytes} are there. */
  #gathered: Buffer | undefined;
  #gatheredBytes = 0;

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
   * The next whole frame, or undefined until more bytes come.
   *
   * @throws {ProtocolError} `too-large` or `malformed` for a length out of bounds: the connection is of no more use.
   */
  next(): Buffer | undefined {
    for (let chunk = this.#chunks[0]; chunk !== undefined; chunk = this.#chunks[0]) {
      const frame = this.#gatheredBytes === 0 ? (this.#slice(chunk) ?? this.#gather(chunk)) : this.#gather(chunk);
      if (frame !== undefined) return frame;
    }
    return undefined;
  }

  /** The frame that starts with this chunk, if it ends there too. */
  #slice(chunk: Buffer): Buffer | undefined {
    if (chunk.length < prefixBytes) return undefined;
    const end = this.#endOf(chunk);
    if (end > chunk.length) return undefined;
    this.#consume(chunk, end);
    this.#bytes -= end;
    return chunk.subarray(prefixBytes, end);
  }

  /** Moves what belongs to the frame, or to its length first, out of the chunk; returns the frame when it is whole. */
  #gather(chunk: Buffer): Buffer | undefined {
    const from = this.#gatheredBytes;
    const start = this.#gathered ?? chunk;
    const hasLength = (this.#gathered === undefined ? chunk.length : from) >= prefixBytes;
    const end = hasLength ? this.#endOf(start) : prefixBytes;
    const to = Math.min(end, from + chunk.length);
    const gathered = this.#roomFor(to, end);
    chunk.copy(gathered, from, 0, to - from);
    this.#consume(chunk, to - from);
    this.#gatheredBytes = to;
    if (to < prefixBytes || to < this.#endOf(gathered)) return undefined;
    this.#gathered = undefined;
    this.#gatheredBytes = 0;
    this.#bytes -= to;
    return gathered.subarray(prefixBytes, to);
  }

  /** Memory for the first `bytes` of a frame that ends at `end`: twice as much each time, so that copying stays linear. */
  #roomFor(bytes: number, end: number): Buffer {
    const old = this.#gathered;
    if (old !== undefined && bytes <= old.length) return old;
    const grown = Buffer.allocUnsafeSlow(Math.min(end, Math.max(bytes, pieceBytes, 2 * (old?.length ?? 0))));
    old?.copy(grown, 0, 0, this.#gatheredBytes);
    this.#gathered = grown;
    return grown;
  }

  #consume(chunk: Buffer, bytes: number): void {
    if (bytes === chunk.length) this.#chunks.shift();
    else this.#chunks[0] = chunk.subarray(bytes);
  }

  #endOf(buffer: Buffer): number {
    const length = buffer.readInt32BE(0);
    if (length < 0) throw new ProtocolError('malformed', `A frame cannot be ${length} bytes long`);
    if (length > this.#frameBytesMax) {
      throw new ProtocolError('too-large', `A frame of ${length} bytes is longer than ${this.#frameBytesMax}`);
    }
    return prefixBytes + length;
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
