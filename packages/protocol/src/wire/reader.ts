import { ProtocolError } from '../protocol-error.ts';

const two32 = 2 ** 32;

function truncated(what: string): ProtocolError {
  return new ProtocolError('truncated', `The bytes end inside ${what}`);
}

/**
 * Reads Kafka's primitive types from a buffer. Nothing is allocated before its bytes are known to be there, and every
 * count is checked against what remains.
 */
export class Reader {
  readonly buffer: Buffer;
  readonly end: number;
  at: number;
  /** List elements that may still come; whoever reads for strangers lowers it, as an element takes more memory than bytes. */
  elementsLeft = Number.POSITIVE_INFINITY;

  constructor(buffer: Buffer, at = 0, end = buffer.length) {
    this.buffer = buffer;
    this.at = at;
    this.end = end;
  }

  get remaining(): number {
    return this.end - this.at;
  }

  /** Moves over `length` bytes and returns where they start. */
  skip(length: number, what: string): number {
    const at = this.at;
    if (length > this.end - at) throw truncated(what);
    this.at = at + length;
    return at;
  }

  bool(): boolean {
    return this.buffer[this.skip(1, 'a bool')] !== 0;
  }

  int8(): number {
    return this.buffer.readInt8(this.skip(1, 'an int8'));
  }

  int16(): number {
    return this.buffer.readInt16BE(this.skip(2, 'an int16'));
  }

  uint16(): number {
    return this.buffer.readUInt16BE(this.skip(2, 'a uint16'));
  }

  int32(): number {
    return this.buffer.readInt32BE(this.skip(4, 'an int32'));
  }

  uint32(): number {
    return this.buffer.readUInt32BE(this.skip(4, 'a uint32'));
  }

  int64(): number {
    const at = this.skip(8, 'an int64');
    return this.buffer.readInt32BE(at) * two32 + this.buffer.readUInt32BE(at + 4);
  }

  float64(): number {
    return this.buffer.readDoubleBE(this.skip(8, 'a float64'));
  }

  uuid(): string {
    const at = this.skip(16, 'a uuid');
    return this.buffer.toString('base64url', at, at + 16);
  }

  /** An unsigned varint of at most five bytes. */
  uvarint(): number {
    const first = this.buffer[this.skip(1, 'a varint')] as number;
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let shift = 7; shift <= 28; shift += 7) {
      const byte = this.buffer[this.skip(1, 'a varint')] as number;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value >= two32) break;
        return value;
      }
    }
    throw new ProtocolError('malformed', 'A varint is longer than 32 bits');
  }

  #text(length: number): string {
    const at = this.skip(length, 'a string');
    return this.buffer.toString('utf8', at, at + length);
  }

  string(): string {
    return notNull(this.nullableString(), 'string');
  }

  nullableString(): string | null {
    const length = this.int16();
    return length < 0 ? null : this.#text(length);
  }

  compactString(): string {
    return notNull(this.compactNullableString(), 'string');
  }

  compactNullableString(): string | null {
    const length = this.uvarint() - 1;
    if (length > 0x7fff) throw new ProtocolError('malformed', `A string of ${length} bytes is longer than 32767`);
    return length < 0 ? null : this.#text(length);
  }

  #slice(length: number): Buffer {
    const at = this.skip(length, 'a byte field');
    return this.buffer.subarray(at, at + length);
  }

  bytes(): Buffer {
    return notNull(this.nullableBytes(), 'byte field');
  }

  nullableBytes(): Buffer | null {
    const length = this.int32();
    return length < 0 ? null : this.#slice(length);
  }

  compactBytes(): Buffer {
    return notNull(this.compactNullableBytes(), 'byte field');
  }

  compactNullableBytes(): Buffer | null {
    const length = this.uvarint() - 1;
    return length < 0 ? null : this.#slice(length);
  }

  /** The length of a list, -1 for null, of elements that take at least `elementBytesMin` bytes each. */
  count(elementBytesMin: number): number {
    return this.#checkedCount(this.int32(), elementBytesMin);
  }

  compactCount(elementBytesMin: number): number {
    return this.#checkedCount(this.uvarint() - 1, elementBytesMin);
  }

  #checkedCount(count: number, elementBytesMin: number): number {
    if (count < -1) throw new ProtocolError('malformed', `A list cannot have ${count} elements`);
    if (count * Math.max(elementBytesMin, 1) > this.end - this.at) {
      throw new ProtocolError('truncated', `A list of ${count} elements does not fit in the bytes that remain`);
    }
    if (count > 0) this.elementsLeft -= count;
    if (this.elementsLeft < 0) throw new ProtocolError('too-large', 'The lists have too many elements together');
    return count;
  }

  /** The number of tagged fields that follow; each takes at least two bytes. */
  tagCount(): number {
    const count = this.uvarint();
    if (count > (this.end - this.at) / 2) throw new ProtocolError('truncated', `${count} tagged fields do not fit`);
    return count;
  }

  /** Skips a section of tagged fields whose tags mean nothing to the reader. */
  skipTags(): void {
    let previous = -1;
    for (let count = this.tagCount(); count > 0; count -= 1) {
      previous = this.tag(previous);
      this.skip(this.uvarint(), 'a tagged field');
    }
  }

  /** A tag, which must be greater than the one before it. */
  tag(previous: number): number {
    const tag = this.uvarint();
    if (tag <= previous) throw new ProtocolError('malformed', `Tag ${tag} follows tag ${previous}`);
    return tag;
  }

  /** Checks that a tagged field took the bytes that its size says. */
  endTag(end: number, tag: number): void {
    if (this.at !== end) throw new ProtocolError('malformed', `Tagged field ${tag} has not the size that it says`);
  }
}

/** Rejects the null of a type that cannot be null. */
export function notNull<T>(value: T | null, what: string): T {
  if (value === null) throw new ProtocolError('malformed', `A ${what} that cannot be null is null`);
  return value;
}
