import { ProtocolError } from '../protocol-error.ts';

const two32 = 2 ** 32;
/** Slices at least this long are sent as they are; shorter ones are cheaper to copy. */
const referenceBytesMin = 1024;

/**
 * Writes Kafka's primitive types. Long byte fields are kept by reference, so that record batches travel from the log to
 * the socket without a copy: {@link chunks} gives the pieces in order.
 */
export class Writer {
  #buffer: Buffer;
  #at = 0;
  #start = 0;
  readonly #done: Buffer[] = [];
  #doneBytes = 0;
  readonly #bytesMax: number;

  /** @param bytesMax - About how many bytes may be written; beyond them writing fails with `ProtocolError` `too-large`. */
  constructor(bytesHint = 256, bytesMax = Number.POSITIVE_INFINITY) {
    this.#bytesMax = bytesMax;
    // A short one comes from Node's pool: memory of its own costs more than all that is written into it.
    this.#buffer = Buffer.allocUnsafe(bytesHint);
  }

  /** Bytes written so far. */
  get byteLength(): number {
    return this.#doneBytes + this.#at - this.#start;
  }

  /** The pieces in order. The writer must not be used afterwards. */
  chunks(): Buffer[] {
    this.#cut();
    return this.#done;
  }

  /** Everything in one buffer. */
  toBuffer(): Buffer {
    const chunks = this.chunks();
    return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
  }

  #cut(): void {
    if (this.#at === this.#start) return;
    this.#done.push(this.#buffer.subarray(this.#start, this.#at));
    this.#doneBytes += this.#at - this.#start;
    this.#start = this.#at;
  }

  #room(length: number): number {
    const at = this.#at;
    if (at + length > this.#buffer.length) return this.#grow(length);
    this.#at = at + length;
    return at;
  }

  #grow(length: number): number {
    const kept = this.#at - this.#start;
    this.#bound(kept + length);
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, kept + length, 256));
    this.#buffer.copy(grown, 0, this.#start, this.#at);
    this.#buffer = grown;
    this.#start = 0;
    this.#at = kept + length;
    return kept;
  }

  bool(value: boolean): void {
    // The place first: making room may replace the buffer.
    const at = this.#room1();
    this.#buffer[at] = value ? 1 : 0;
  }

  #room1(): number {
    if (this.#at === this.#buffer.length) return this.#grow(1);
    return this.#at++;
  }

  int8(value: number): void {
    const at = this.#room(1);
    this.#buffer.writeInt8(value, at);
  }

  int16(value: number): void {
    const at = this.#room(2);
    this.#buffer.writeInt16BE(value, at);
  }

  uint16(value: number): void {
    const at = this.#room(2);
    this.#buffer.writeUInt16BE(value, at);
  }

  int32(value: number): void {
    const at = this.#room(4);
    this.#buffer.writeInt32BE(value, at);
  }

  uint32(value: number): void {
    const at = this.#room(4);
    this.#buffer.writeUInt32BE(value, at);
  }

  int64(value: number): void {
    const at = this.#room(8);
    if (value >= 2 ** 63) {
      // The double nearest to the greatest int64 is one too many; it stands for that greatest value.
      this.#buffer.writeInt32BE(0x7fffffff, at);
      this.#buffer.writeUInt32BE(0xffffffff, at + 4);
      return;
    }
    const high = Math.floor(value / two32);
    this.#buffer.writeInt32BE(high, at);
    this.#buffer.writeUInt32BE(value - high * two32, at + 4);
  }

  float64(value: number): void {
    const at = this.#room(8);
    this.#buffer.writeDoubleBE(value, at);
  }

  uuid(value: string): void {
    if (value.length !== 22)
      throw new ProtocolError('malformed', `A uuid has 22 characters of base64url, got ${value}`);
    const at = this.#room(16);
    if (this.#buffer.write(value, at, 16, 'base64url') !== 16) {
      throw new ProtocolError('malformed', `A uuid has 22 characters of base64url, got ${value}`);
    }
  }

  uvarint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      const at = this.#room1();
      this.#buffer[at] = (rest & 0x7f) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    const at = this.#room1();
    this.#buffer[at] = rest;
  }

  string(value: string): void {
    const length = Buffer.byteLength(value);
    if (length > 0x7fff) throw new ProtocolError('too-large', `A string of ${length} bytes is longer than 32767`);
    const at = this.#room(2 + length);
    this.#buffer.writeInt16BE(length, at);
    this.#buffer.write(value, at + 2, length, 'utf8');
  }

  nullableString(value: string | null): void {
    if (value === null) this.int16(-1);
    else this.string(value);
  }

  compactString(value: string): void {
    const length = Buffer.byteLength(value);
    if (length > 0x7fff) throw new ProtocolError('too-large', `A string of ${length} bytes is longer than 32767`);
    this.uvarint(length + 1);
    const at = this.#room(length);
    this.#buffer.write(value, at, length, 'utf8');
  }

  compactNullableString(value: string | null): void {
    if (value === null) this.uvarint(0);
    else this.compactString(value);
  }

  /** Appends bytes as they are: copied when short, by reference when long. */
  raw(value: Buffer): void {
    if (value.length < referenceBytesMin) {
      const at = this.#room(value.length);
      value.copy(this.#buffer, at);
      return;
    }
    this.#cut();
    this.#bound(value.length);
    this.#done.push(value);
    this.#doneBytes += value.length;
  }

  #bound(moreBytes: number): void {
    if (this.#doneBytes + moreBytes <= this.#bytesMax) return;
    throw new ProtocolError('too-large', `A message may not have more than ${this.#bytesMax} bytes`);
  }

  #rawAll(value: Buffer | readonly Buffer[]): void {
    if (Buffer.isBuffer(value)) this.raw(value);
    else for (const chunk of value) this.raw(chunk);
  }

  bytes(value: Buffer | readonly Buffer[]): void {
    this.int32(bytesIn(value));
    this.#rawAll(value);
  }

  nullableBytes(value: Buffer | readonly Buffer[] | null): void {
    if (value === null) this.int32(-1);
    else this.bytes(value);
  }

  compactBytes(value: Buffer | readonly Buffer[]): void {
    this.uvarint(bytesIn(value) + 1);
    this.#rawAll(value);
  }

  compactNullableBytes(value: Buffer | readonly Buffer[] | null): void {
    if (value === null) this.uvarint(0);
    else this.compactBytes(value);
  }

  /** The length of a list; -1 for null. */
  count(count: number): void {
    this.int32(count);
  }

  compactCount(count: number): void {
    this.uvarint(count + 1);
  }

  /** A tagged field: its tag, its size and what `other` has written. */
  tagged(tag: number, other: Writer): void {
    this.uvarint(tag);
    this.uvarint(other.byteLength);
    for (const chunk of other.chunks()) this.raw(chunk);
  }
}

function bytesIn(value: Buffer | readonly Buffer[]): number {
  if (Buffer.isBuffer(value)) return value.length;
  let total = 0;
  for (const chunk of value) total += chunk.length;
  return total;
}
