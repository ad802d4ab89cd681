import { type Header, noHeaders, type RawRecord } from '../record.ts';

/** A record without its offset: the place where it is kept tells it. */
export type LoggedRecord = Omit<RawRecord, 'offset'>;

/** A record as it is written: its bytes may be texts of one character each. */
export interface WrittenRecord extends Omit<LoggedRecord, 'key' | 'value'> {
  readonly key: Buffer | string | null;
  readonly value: Buffer | string | null;
}

const chunkBytes = 64 * 1024;
/** Up to about this many bytes a loop over them takes less time than a call of Node's or `Buffer.set`. */
const shortMax = 24;
/** The numbers that say where a record is: its chunk, where its bytes start there, and the lengths of key and value. */
const placeNumbers = 4;
/** How many records share a block. */
const recordsPerBlock = 1024;
const nullLength = -1;

/** Where the bytes of some records are, and when these happened: outside of what the garbage collector walks over. */
class Block {
  readonly places = new Int32Array(recordsPerBlock * placeNumbers);
  readonly timestamps = new Float64Array(recordsPerBlock);
}

/**
 * Many records in little room: their bytes lie in a few large pieces of memory, and the rest in an array of numbers.
 *
 * As objects they take ten times the room, and a quarter of a test's time to be collected around.
 */
export class PackedRecords {
  readonly #chunks: Buffer[] = [];
  readonly #blocks: Block[] = [];
  readonly #headers = new Map<number, readonly Header[]>();
  #length = 0;
  #end = 0;

  get length(): number {
    return this.#length;
  }

  push({ key, value, timestamp, headers }: WrittenRecord): void {
    if (headers.length > 0) this.#headers.set(this.length, headers);
    const keyLength = key === null ? nullLength : key.length;
    const valueLength = value === null ? nullLength : value.length;
    const chunk = this.#chunkFor(Math.max(0, keyLength) + Math.max(0, valueLength));
    const { places, timestamps } = this.#blockOf(this.#length);
    const index = this.#length % recordsPerBlock;
    const at = index * placeNumbers;
    places[at] = this.#chunks.length - 1;
    places[at + 1] = this.#end;
    places[at + 2] = keyLength;
    places[at + 3] = valueLength;
    timestamps[index] = timestamp;
    this.#length += 1;
    if (key !== null) this.#end = copy(key, chunk, this.#end);
    if (value !== null) this.#end = copy(value, chunk, this.#end);
  }

  at(index: number): LoggedRecord {
    const { places, timestamps } = this.#blockOf(index);
    const at = (index % recordsPerBlock) * placeNumbers;
    const chunk = this.#chunks[places[at] as number] as Buffer;
    const start = places[at + 1] as number;
    const keyLength = places[at + 2] as number;
    const keyEnd = start + Math.max(0, keyLength);
    const valueLength = places[at + 3] as number;
    return {
      key: keyLength === nullLength ? null : chunk.subarray(start, keyEnd),
      value: valueLength === nullLength ? null : chunk.subarray(keyEnd, keyEnd + valueLength),
      timestamp: timestamps[index % recordsPerBlock] as number,
      headers: this.#headers.get(index) ?? noHeaders,
    };
  }

  /** The block of a record; a new one for the first behind all. */
  #blockOf(index: number): Block {
    const at = Math.floor(index / recordsPerBlock);
    const known = this.#blocks[at];
    if (known !== undefined) return known;
    const block = new Block();
    this.#blocks.push(block);
    return block;
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
function copy(bytes: Buffer | string, into: Buffer, at: number): number {
  if (typeof bytes === 'string') {
    if (bytes.length > shortMax) into.write(bytes, at, 'latin1');
    else for (let i = 0; i < bytes.length; i += 1) into[at + i] = bytes.charCodeAt(i);
  } else if (bytes.length > shortMax) into.set(bytes, at);
  else for (let i = 0; i < bytes.length; i += 1) into[at + i] = bytes[i] as number;
  return at + bytes.length;
}
