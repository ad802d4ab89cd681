import { corrupt } from '../codec.ts';
import { decodeHuffmanStream, type HuffmanTable, readHuffmanTable } from './huffman.ts';

/** The most bytes that one block inflates to, by the format. */
export const blockBytesMax = 131_072;

/** Where the literals of a block are, and where its sequences start. */
export interface Literals {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly length: number;
  /** The code of this block, which the next one may use again. */
  readonly table: HuffmanTable | undefined;
  readonly at: number;
}

let scratch: Buffer | undefined;

/** Literals that must be decoded live here until their block is done. */
function scratchBytes(): Buffer {
  // A Buffer, as all other bytes here are: code that meets one class alone runs faster.
  scratch ??= Buffer.allocUnsafeSlow(blockBytesMax);
  return scratch;
}

function littleEndian(input: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let index = 0; index < count; index += 1) value += input[at + index]! * 2 ** (8 * index);
  return value;
}

function readPlain(input: Uint8Array, start: number, end: number, previous: HuffmanTable | undefined): Literals {
  const format = (input[start]! >>> 2) & 3;
  const headerBytes = format === 3 ? 3 : format === 1 ? 2 : 1;
  const at = start + headerBytes;
  if (at > end) throw corrupt('zstd', 'a literals header is broken off');
  const length = littleEndian(input, start, headerBytes) >>> (headerBytes === 1 ? 3 : 4);
  if (length > blockBytesMax) throw corrupt('zstd', 'a block has too many literals');
  const isRepeated = (input[start]! & 3) === 1;
  const taken = isRepeated ? 1 : length;
  if (taken > end - at) throw corrupt('zstd', 'literals are broken off');
  if (!isRepeated) return { bytes: input, start: at, length, table: previous, at: at + taken };
  const bytes = scratchBytes().fill(input[at]!, 0, length);
  return { bytes, start: 0, length, table: previous, at: at + taken };
}

/** Decodes four streams, three of which have their lengths in a table of six bytes. */
function decodeFourStreams(input: Uint8Array, start: number, end: number, table: HuffmanTable, length: number): void {
  if (end - start < 6) throw corrupt('zstd', 'a jump table is broken off');
  const output = scratchBytes();
  const quarter = (length + 3) >> 2;
  if (quarter * 3 > length) throw corrupt('zstd', 'four streams are too many for the literals');
  let from = start + 6;
  for (let stream = 0; stream < 4; stream += 1) {
    const to = stream === 3 ? end : from + littleEndian(input, start + stream * 2, 2);
    if (to > end) throw corrupt('zstd', 'a Huffman stream is broken off');
    const outEnd = stream === 3 ? length : quarter * (stream + 1);
    decodeHuffmanStream({ bytes: input, start: from, end: to }, table, output, quarter * stream, outEnd);
    from = to;
  }
}

function readCompressed(input: Uint8Array, start: number, end: number, previous: HuffmanTable | undefined): Literals {
  const format = (input[start]! >>> 2) & 3;
  const headerBytes = Math.max(format, 1) + 2;
  if (headerBytes > end - start) throw corrupt('zstd', 'a literals header is broken off');
  const sizeBits = format === 3 ? 18 : format === 2 ? 14 : 10;
  const sizes = Math.floor(littleEndian(input, start, headerBytes) / 16);
  const length = sizes % 2 ** sizeBits;
  const section = start + headerBytes;
  const sectionEnd = section + Math.floor(sizes / 2 ** sizeBits);
  if (length > blockBytesMax) throw corrupt('zstd', 'a block has too many literals');
  if (sectionEnd > end) throw corrupt('zstd', 'literals are broken off');
  const isTreeless = (input[start]! & 3) === 3;
  const described = isTreeless ? undefined : readHuffmanTable(input, section, sectionEnd);
  const table = described?.table ?? previous;
  if (table === undefined) throw corrupt('zstd', 'there is no Huffman code to use again');
  const from = described?.at ?? section;
  if (format === 0) {
    decodeHuffmanStream({ bytes: input, start: from, end: sectionEnd }, table, scratchBytes(), 0, length);
  } else {
    decodeFourStreams(input, from, sectionEnd, table, length);
  }
  return { bytes: scratchBytes(), start: 0, length, table, at: sectionEnd };
}

/** Reads the literals section at the start of a compressed block. */
export function readLiterals(
  input: Uint8Array,
  start: number,
  end: number,
  previous: HuffmanTable | undefined,
): Literals {
  if (start >= end) throw corrupt('zstd', 'a block is empty');
  return (input[start]! & 2) === 0
    ? readPlain(input, start, end, previous)
    : readCompressed(input, start, end, previous);
}
