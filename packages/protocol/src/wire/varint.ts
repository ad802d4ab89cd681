import { ProtocolError } from '../protocol-error.ts';

const two32 = 2 ** 32;

/** A place in a buffer that moves as it is read. `Reader` is one. */
export interface Cursor {
  readonly buffer: Buffer;
  readonly end: number;
  at: number;
}

/** The most bytes that a 32-bit varint may take. */
export const varintBytesMax = 5;
/** The most bytes that a 64-bit varint may take. */
export const varlongBytesMax = 10;

function nextByte(cursor: Cursor): number {
  if (cursor.at >= cursor.end) throw new ProtocolError('truncated', 'The bytes end inside a varint');
  return cursor.buffer[cursor.at++] as number;
}

/** Reads the bits of a varint of at most five bytes as an int32; bits beyond the 32nd are dropped, as Java does. */
function readBits32(cursor: Cursor): number {
  let byte = nextByte(cursor);
  if (byte < 0x80) return byte;
  let bits = byte & 0x7f;
  for (let shift = 7; shift <= 28; shift += 7) {
    byte = nextByte(cursor);
    bits |= (byte & 0x7f) << shift;
    if (byte < 0x80) return bits;
  }
  throw new ProtocolError('malformed', `A varint is longer than ${varintBytesMax} bytes`);
}

/** Reads an unsigned varint as a uint32. */
export function readUnsignedVarint(cursor: Cursor): number {
  return readBits32(cursor) >>> 0;
}

/** Reads a zigzag varint as an int32. */
export function readVarint(cursor: Cursor): number {
  const bits = readBits32(cursor);
  return (bits >>> 1) ^ -(bits & 1);
}

/** Reads a zigzag varlong as the number nearest to it. */
export function readVarlong(cursor: Cursor): number {
  let low = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = nextByte(cursor);
    low |= (byte & 0x7f) << shift;
    if (byte < 0x80) return (low >>> 1) ^ -(low & 1);
  }
  return readLongTail(cursor, low);
}

/** Goes on after the first four bytes, which gave 28 bits: the fifth is shared between the halves. */
function readLongTail(cursor: Cursor, low28: number): number {
  let byte = nextByte(cursor);
  let low = low28 | ((byte & 0x0f) << 28);
  let high = (byte & 0x7f) >>> 4;
  for (let shift = 3; byte >= 0x80; shift += 7) {
    if (shift > 31) throw new ProtocolError('malformed', `A varlong is longer than ${varlongBytesMax} bytes`);
    byte = nextByte(cursor);
    high |= (byte & 0x7f) << shift;
  }
  const sign = -(low & 1);
  low = ((low >>> 1) | (high << 31)) ^ sign;
  high = (high >>> 1) ^ sign;
  return high * two32 + (low >>> 0);
}

/** How many bytes an unsigned varint takes. */
export function unsignedVarintBytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return value < 0x1000_0000 ? 4 : 5;
}

/** How many bytes an int32 takes as a zigzag varint. */
export function varintBytes(value: number): number {
  return unsignedVarintBytes(((value << 1) ^ (value >> 31)) >>> 0);
}

/** How many bytes a number takes as a zigzag varlong. */
export function varlongBytes(value: number): number {
  if (value === (value | 0)) return varintBytes(value);
  // Zigzag makes 2n of n and 2n - 1 of -n; halving the bounds instead keeps the arithmetic exact.
  const magnitude = value < 0 ? -value - 1 : value;
  let bytes = 5;
  for (let bound = 2 ** 34; magnitude >= bound && bytes < varlongBytesMax; bound *= 128) bytes += 1;
  return bytes;
}

/** Writes a uint32 as an unsigned varint and returns where it ends. */
export function writeUnsignedVarint(buffer: Buffer, value: number, at: number): number {
  let rest = value >>> 0;
  let to = at;
  for (; rest >= 0x80; rest >>>= 7) buffer[to++] = (rest & 0x7f) | 0x80;
  buffer[to] = rest;
  return to + 1;
}

/** Writes an int32 as a zigzag varint and returns where it ends. */
export function writeVarint(buffer: Buffer, value: number, at: number): number {
  return writeUnsignedVarint(buffer, (value << 1) ^ (value >> 31), at);
}

/** Writes a number as a zigzag varlong and returns where it ends. */
export function writeVarlong(buffer: Buffer, value: number, at: number): number {
  if (value === (value | 0)) return writeVarint(buffer, value, at);
  const isTooGreat = value >= 2 ** 63; // The double nearest to Long.MAX_VALUE, for which it stands.
  const floor = isTooGreat ? 0x7fffffff : Math.floor(value / two32);
  const half = isTooGreat ? -1 : (value - floor * two32) | 0;
  const sign = floor >> 31;
  let low = (half << 1) ^ sign;
  let high = ((floor << 1) | (half >>> 31)) ^ sign;
  while (high !== 0) {
    buffer[at++] = (low & 0x7f) | 0x80;
    low = (low >>> 7) | (high << 25);
    high >>>= 7;
  }
  return writeUnsignedVarint(buffer, low, at);
}
