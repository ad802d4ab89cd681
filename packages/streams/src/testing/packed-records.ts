import { type Header, noHeaders, type RawRecord } from '../record.ts';

/** A record without its offset: the place where it is kept tells it. */
export type LoggedRecord = Omit<RawRecord, 'offset'>;

const chunkBytes = 64 * 1024;
/** Up to about this many bytes a loop over them takes less time than a call of `Buffer.set`. */
const shortMax = 24;
/** The numbers kept of a record: its chunk, where its bytes start there, the lengths of key and value, and its timestamp. */
const numbersEach = 5;
const nullLength = -1;

/**
 * Many records in little room: their bytes lie in a few large pieces of memory, and the rest in an array of numbers.
 *
 * As objects they take ten times the room, and a quarter of a test's time to be collected around.
 */
export class PackedRecords {
  readonly #chunks: Buffer[] = [];
  readonly #numbers: number[] = [];
  readonly #headers = new Map<number, readonly Header[]>();
  #end = 0;

  get length(): number {
    return this.#numbers.length / numbersEach;
  }

  push({ key, value, timestamp, headers }: LoggedRecord): void {
    if (headers.length > 0) this.#headers.set(this.length, headers);
    const keyLength = key === null ? nullLength : key.length;
    const valueLength = value === null ? nullLength : value.length;
    const chunk = this.#chunkFor(Math.max(0, keyLength) + Math.max(0, valueLength));
    this.#numbers.push(this.#chunks.length - 1, this.#end, keyLength, valueLength, timestamp);
    if (key !== null) this.#end = copy(key, chunk, this.#end);
    if (value !== null) this.#end = copy(value, chunk, this.#end);
  }

  at(index: number): LoggedRecord {
    const at = index * numbersEach;
    const chunk = this.#chunks[this.#numbers[at] as number] as Buffer;
    const start = this.#numbers[at + 1] as number;
    const keyLength = this.#numbers[at + 2] as number;
    const keyEnd = start + Math.max(0, keyLength);
    const valueLength = this.#numbers[at + 3] as number;
    return {
      key: keyLength === nullLength ? null : chunk.subarray(start, keyEnd),
      value: valueLength === nullLength ? null : chunk.subarray(keyEnd, keyEnd + valueLength),
      timestamp: this.#numbers[at + 4] as number,
      headers: this.#headers.get(index) ?? noHeaders,
    };
  }

  #chunkFor(bytes: number): Buffer {
    if (this.#chunks.length === 0 || this.#end + bytes > chunkBytes) {
      this.#chunks.push(Buffer.allocUnsafeSlow(Math.max(chunkBytes, bytes)));
      this.#end = 0;
    }
    return this.#chunks[this.#chunks.length - 1] as Buffer;
  }
}

/** Copies bytes to a place, and gives the place behind them. */
function copy(bytes: Buffer, into: Buffer, at: number): number {
  if (bytes.length > shortMax) into.set(bytes, at);
  else for (let i = 0; i < bytes.length; i += 1) into[at + i] = bytes[i] as number;
  return at + bytes.length;
}
