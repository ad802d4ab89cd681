import { corrupt } from './codec.ts';
import { copyBytes, copyMatch } from './copy.ts';

/** Matches are looked for within one block, so two-byte offsets reach all of it. */
export const snappyBlockBytesMax = 65_536;
/** A copy of three bytes gives 64 at most, so no honest block is longer than this many times its input. */
const expansionMax = 64;
const hashBits = 12;
const hashShift = 32 - hashBits;
const copyBytesMax = 64;
const matchBytesMin = 4;

const table = new Int32Array(1 << hashBits);

/** The most bytes that a block of `length` bytes can become. */
export function snappyBound(length: number): number {
  return 32 + length + Math.floor(length / 6);
}

function word(input: Uint8Array, at: number): number {
  return input[at]! | (input[at + 1]! << 8) | (input[at + 2]! << 16) | (input[at + 3]! << 24);
}

function writeLength(length: number, output: Uint8Array, at: number): number {
  let rest = length;
  for (; rest >= 0x80; rest >>>= 7) output[at++] = (rest & 0x7f) | 0x80;
  output[at++] = rest;
  return at;
}

function writeLiteral(input: Uint8Array, start: number, end: number, output: Uint8Array, at: number): number {
  const last = end - start - 1;
  if (last < 0) return at;
  if (last < 60) {
    output[at++] = last << 2;
  } else if (last < 256) {
    output[at++] = 60 << 2;
    output[at++] = last;
  } else {
    output[at++] = 61 << 2;
    output[at++] = last;
    output[at++] = last >>> 8;
  }
  return copyBytes(input, start, end, output, at);
}

function writeCopy(offset: number, length: number, output: Uint8Array, at: number): number {
  let rest = length;
  while (rest > 0) {
    const piece = Math.min(rest, copyBytesMax);
    output[at++] = ((piece - 1) << 2) | 2;
    output[at++] = offset;
    output[at++] = offset >>> 8;
    rest -= piece;
  }
  return at;
}

/** Compresses up to {@link snappyBlockBytesMax} bytes of `input` to `output` at `at`, and returns where it ends. */
export function encodeSnappyBlock(input: Uint8Array, start: number, end: number, output: Uint8Array, at: number) {
  let to = writeLength(end - start, output, at);
  let literalStart = start;
  let from = start;
  let misses = 32;
  table.fill(-1);
  while (from + matchBytesMin <= end) {
    const here = word(input, from);
    const slot = Math.imul(here, 0x1e35a7bd) >>> hashShift;
    const match = table[slot]!;
    table[slot] = from;
    if (match < 0 || word(input, match) !== here) {
      // Steps grow where nothing matches, so that incompressible bytes pass quickly.
      from += misses++ >>> 5;
      continue;
    }
    misses = 32;
    to = writeLiteral(input, literalStart, from, output, to);
    let length = matchBytesMin;
    while (from + length < end && input[from + length] === input[match + length]) length += 1;
    to = writeCopy(from - match, length, output, to);
    from += length;
    literalStart = from;
  }
  return writeLiteral(input, literalStart, end, output, to);
}

/** The length that a block says it has when inflated, and where its elements start. */
export function readSnappyLength(input: Uint8Array, start: number, end: number): { bytes: number; at: number } {
  let bytes = 0;
  let at = start;
  for (let shift = 0; at < end && shift < 35; shift += 7) {
    const byte = input[at++]!;
    bytes += (byte & 0x7f) * 2 ** shift;
    if (byte >= 0x80) continue;
    if (bytes > (end - at) * expansionMax) throw corrupt('snappy', `${end - at} bytes cannot become ${bytes}`);
    return { bytes, at };
  }
  throw corrupt('snappy', 'the length of a block is broken off or too long');
}

/** Inflates the elements of a block into `output`, which they must fill from `outStart` to `outEnd` exactly. */
export function decodeSnappyElements(
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  outStart: number,
  outEnd: number,
): void {
  let at = start;
  let to = outStart;
  while (at < end) {
    const tag = input[at++]!;
    const kind = tag & 3;
    if (kind === 0) {
      let length = tag >>> 2;
      if (length >= 60) {
        const lengthBytes = length - 59;
        if (at + lengthBytes > end) throw corrupt('snappy', 'a literal is broken off');
        length = 0;
        for (let index = 0; index < lengthBytes; index += 1) length += input[at++]! * 2 ** (8 * index);
      }
      length += 1;
      if (length > end - at || length > outEnd - to) throw corrupt('snappy', 'a literal is too long');
      to = copyBytes(input, at, at + length, output, to);
      at += length;
      continue;
    }
    const offsetBytes = kind === 3 ? 4 : kind;
    if (at + offsetBytes > end) throw corrupt('snappy', 'a copy is broken off');
    const length = kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
    const offset =
      kind === 1
        ? ((tag >>> 5) << 8) | input[at]!
        : kind === 2
          ? input[at]! | (input[at + 1]! << 8)
          : word(input, at) >>> 0;
    at += offsetBytes;
    if (offset === 0 || offset > to - outStart) throw corrupt('snappy', 'a copy starts before its block');
    if (length > outEnd - to) throw corrupt('snappy', 'a copy is too long');
    to = copyMatch(output, to, offset, length);
  }
  if (to !== outEnd) throw corrupt('snappy', 'a block ends early');
}
