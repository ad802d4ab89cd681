import { corrupt } from '../codec.ts';
import { BackwardBits } from './bits.ts';
import { readFseTable } from './fse.ts';

const codeBitsMax = 11;
const symbolsMax = 256;
const weightTable = { logMax: 6, symbolsMax: codeBitsMax + 2 } as const;

/** A decoding table of a Huffman code: for the next `log` bits, the symbol and how many of them it takes. */
export interface HuffmanTable {
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly bitCounts: Uint8Array;
}

/** Reads weights of four bits each. */
function readDirectWeights(bytes: Uint8Array, start: number, count: number, weights: Uint8Array): void {
  for (let index = 0; index < count; index += 1) {
    const pair = bytes[start + (index >> 1)]!;
    weights[index] = index % 2 === 0 ? pair >>> 4 : pair & 15;
  }
}

/** Reads weights that two states of one FSE stream give in turn, and returns how many there are. */
function readFseWeights(bytes: Uint8Array, start: number, end: number, weights: Uint8Array): number {
  const { table, at } = readFseTable(bytes, start, end, weightTable);
  const bits = new BackwardBits(bytes, at, end);
  let state = bits.read(table.log);
  let other = bits.read(table.log);
  let count = 0;
  // The weight of the last symbol is implied, so one place must stay free; it also bounds a stream without end.
  while (count < symbolsMax - 2) {
    weights[count++] = table.symbols[state]!;
    state = table.baselines[state]! + bits.read(table.bitCounts[state]!);
    if (bits.left < 0) {
      weights[count++] = table.symbols[other]!;
      return count;
    }
    const swap = state;
    state = other;
    other = swap;
  }
  throw corrupt('zstd', 'a Huffman code has too many symbols');
}

/** Adds the weight that is implied: what the others leave of a power of two. Returns the longest code's bits. */
function completeWeights(weights: Uint8Array, count: number): number {
  let sum = 0;
  for (let index = 0; index < count; index += 1) {
    if (weights[index]! > codeBitsMax) throw corrupt('zstd', 'a Huffman code is too long');
    sum += (1 << weights[index]!) >> 1;
  }
  const log = 32 - Math.clz32(sum);
  if (sum === 0 || log > codeBitsMax) throw corrupt('zstd', 'a Huffman code does not add up');
  const rest = (1 << log) - sum;
  if ((rest & (rest - 1)) !== 0) throw corrupt('zstd', 'a Huffman code does not add up');
  weights[count] = 32 - Math.clz32(rest);
  return log;
}

function buildTable(weights: Uint8Array, count: number, log: number): HuffmanTable {
  const symbols = new Uint8Array(1 << log);
  const bitCounts = new Uint8Array(1 << log);
  let at = 0;
  for (let weight = 1; weight <= log; weight += 1) {
    const states = 1 << (weight - 1);
    for (let symbol = 0; symbol < count; symbol += 1) {
      if (weights[symbol] !== weight) continue;
      symbols.fill(symbol, at, at + states);
      bitCounts.fill(log + 1 - weight, at, at + states);
      at += states;
    }
  }
  return { log, symbols, bitCounts };
}

/** Reads the description of a code, and returns its table and where the section goes on. */
export function readHuffmanTable(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly table: HuffmanTable; readonly at: number } {
  if (start >= end) throw corrupt('zstd', 'a Huffman code is missing');
  const header = bytes[start]!;
  const weights = new Uint8Array(symbolsMax);
  const isDirect = header >= 128;
  const at = start + 1 + (isDirect ? (header - 126) >> 1 : header);
  if (at > end) throw corrupt('zstd', 'a Huffman code is broken off');
  let count = header - 127;
  if (isDirect) readDirectWeights(bytes, start + 1, count, weights);
  else count = readFseWeights(bytes, start + 1, at, weights);
  const log = completeWeights(weights, count);
  return { table: buildTable(weights, count + 1, log), at };
}

/** The bytes of one Huffman-coded stream. */
export interface HuffmanStream {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** Decodes a stream into `output`, which it must fill from `outStart` to `outEnd` exactly. */
export function decodeHuffmanStream(
  { bytes, start, end }: HuffmanStream,
  { log, symbols, bitCounts }: HuffmanTable,
  output: Uint8Array,
  outStart: number,
  outEnd: number,
): void {
  const bits = new BackwardBits(bytes, start, end);
  for (let to = outStart; to < outEnd; to += 1) {
    const state = bits.peek(log);
    output[to] = symbols[state]!;
    bits.left -= bitCounts[state]!;
  }
  if (bits.left !== 0) throw corrupt('zstd', 'a Huffman stream does not end where it should');
}
