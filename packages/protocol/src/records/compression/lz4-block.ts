import { corrupt } from './codec.ts';
import { copyBytes, copyMatch } from './copy.ts';

const hashBits = 13;
const hashShift = 32 - hashBits;
const matchBytesMin = 4;
const offsetMax = 65_535;
/** The format keeps the last five bytes of a block literal, and starts no match in its last twelve. */
const lastLiterals = 5;
const matchStartMargin = 12;

const table = new Int32Array(1 << hashBits);

/** The most bytes that a block of `length` bytes can become. */
export function lz4Bound(length: number): number {
  return length + Math.floor(length / 255) + 16;
}

function word(input: Uint8Array, at: number): number {
  return input[at]! | (input[at + 1]! << 8) | (input[at + 2]! << 16) | (input[at + 3]! << 24);
}

function writeRest(length: number, output: Uint8Array, at: number): number {
  let rest = length;
  for (; rest >= 255; rest -= 255) output[at++] = 255;
  output[at++] = rest;
  return at;
}

function writeLiterals(
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  at: number,
  matchNibble: number,
): number {
  const length = end - start;
  output[at++] = (Math.min(length, 15) << 4) | matchNibble;
  return copyBytes(input, start, end, output, length >= 15 ? writeRest(length - 15, output, at) : at);
}

/** Compresses the bytes of `input` from `start` to `end` to `output` at `at`, and returns where it ends. */
export function encodeLz4Block(input: Uint8Array, start: number, end: number, output: Uint8Array, at: number): number {
  const matchStartMax = end - matchStartMargin;
  const matchEndMax = end - lastLiterals;
  let literalStart = start;
  let from = start;
  let to = at;
  let misses = 64;
  table.fill(-1);
  while (from <= matchStartMax) {
    const here = word(input, from);
    const slot = Math.imul(here, 0x9e3779b1) >>> hashShift;
    const match = table[slot]!;
    table[slot] = from;
    if (match < 0 || from - match > offsetMax || word(input, match) !== here) {
      // Steps grow where nothing matches, so that incompressible bytes pass quickly.
      from += misses++ >>> 6;
      continue;
    }
    misses = 64;
    let length = matchBytesMin;
    while (from + length < matchEndMax && input[from + length] === input[match + length]) length += 1;
    const rest = length - matchBytesMin;
    to = writeLiterals(input, literalStart, from, output, to, Math.min(rest, 15));
    output[to++] = from - match;
    output[to++] = (from - match) >>> 8;
    if (rest >= 15) to = writeRest(rest - 15, output, to);
    from += length;
    literalStart = from;
  }
  return writeLiterals(input, literalStart, end, output, to, 0);
}

/** Where the lengths of a sequence are read to: they can be longer than their nibble of the token. */
class Lengths {
  at = 0;

  read(input: Uint8Array, nibble: number, end: number): number {
    if (nibble < 15) return nibble;
    let length = 15;
    for (;;) {
      if (this.at >= end) throw corrupt('lz4', 'a length is broken off');
      const byte = input[this.at++]!;
      length += byte;
      if (byte < 255) return length;
    }
  }
}

const lengths = new Lengths();

/** How many bytes a block inflates to, without inflating it. */
export function measureLz4Block(input: Uint8Array, start: number, end: number): number {
  let bytes = 0;
  lengths.at = start;
  while (lengths.at < end) {
    const token = input[lengths.at++]!;
    const literals = lengths.read(input, token >>> 4, end);
    bytes += literals;
    lengths.at += literals;
    if (lengths.at >= end) break;
    lengths.at += 2;
    bytes += lengths.read(input, token & 15, end) + matchBytesMin;
  }
  if (lengths.at !== end) throw corrupt('lz4', 'a block is broken off');
  return bytes;
}

/** The part of a buffer that a block may write to, and may refer back to. */
export interface Lz4Window {
  readonly output: Uint8Array;
  /** The earliest byte that a match may refer to. */
  readonly start: number;
  readonly end: number;
}

/** Inflates a block to `window.output` at `outStart`, and returns where it ends. */
export function decodeLz4Block(
  input: Uint8Array,
  start: number,
  end: number,
  { output, start: windowStart, end: outEnd }: Lz4Window,
  outStart: number,
): number {
  let to = outStart;
  lengths.at = start;
  while (lengths.at < end) {
    const token = input[lengths.at++]!;
    const literals = lengths.read(input, token >>> 4, end);
    let at = lengths.at;
    if (literals > end - at || literals > outEnd - to) throw corrupt('lz4', 'literals are too long');
    to = copyBytes(input, at, at + literals, output, to);
    at += literals;
    if (at === end) return to;
    if (end - at < 2) throw corrupt('lz4', 'an offset is broken off');
    const offset = input[at]! | (input[at + 1]! << 8);
    lengths.at = at + 2;
    const length = lengths.read(input, token & 15, end) + matchBytesMin;
    if (offset === 0 || offset > to - windowStart) throw corrupt('lz4', 'a match starts before its block');
    if (length > outEnd - to) throw corrupt('lz4', 'a match is too long');
    to = copyMatch(output, to, offset, length);
  }
  throw corrupt('lz4', 'a block does not end with literals');
}
