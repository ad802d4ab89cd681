import { corrupt } from '../codec.ts';

/** A decoding table of finite state entropy: per state its symbol, and how the next state comes about. */
export interface FseTable {
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly bitCounts: Uint8Array;
  readonly baselines: Uint16Array;
}

function highBit(value: number): number {
  return 31 - Math.clz32(value);
}

/** Builds the table of a distribution: how many of its `2 ** log` states each symbol has; -1 means less than one. */
export function buildFseTable(counts: ArrayLike<number>, symbolCount: number, log: number): FseTable {
  const size = 1 << log;
  const symbols = new Uint8Array(size);
  const bitCounts = new Uint8Array(size);
  const baselines = new Uint16Array(size);
  const next = new Uint16Array(symbolCount);
  let high = size;
  for (let symbol = 0; symbol < symbolCount; symbol += 1) {
    next[symbol] = Math.abs(counts[symbol]!);
    if (counts[symbol] === -1) symbols[--high] = symbol;
  }
  const step = (size >> 1) + (size >> 3) + 3;
  let state = 0;
  for (let symbol = 0; symbol < symbolCount; symbol += 1) {
    for (let index = counts[symbol]!; index > 0; index -= 1) {
      symbols[state] = symbol;
      do state = (state + step) & (size - 1);
      while (state >= high);
    }
  }
  for (state = 0; state < size; state += 1) {
    const value = next[symbols[state]!]!++;
    const bits = log - highBit(value);
    bitCounts[state] = bits;
    baselines[state] = (value << bits) - size;
  }
  return { log, symbols, bitCounts, baselines };
}

/** The table in which one symbol takes no bits at all. */
export function singleSymbolTable(symbol: number): FseTable {
  return { log: 0, symbols: Uint8Array.of(symbol), bitCounts: new Uint8Array(1), baselines: new Uint16Array(1) };
}

/** Reads bits from low to high, from the start of a section on. */
class ForwardBits {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  at: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#end = end * 8;
    this.at = start * 8;
  }

  peek(count: number): number {
    const byte = this.at >> 3;
    const bytes = this.#bytes;
    const word = bytes[byte]! | (bytes[byte + 1]! << 8) | (bytes[byte + 2]! << 16);
    return (word >>> (this.at & 7)) & ((1 << count) - 1);
  }

  skip(count: number): void {
    this.at += count;
    if (this.at > this.#end) throw corrupt('zstd', 'a distribution is broken off');
  }

  read(count: number): number {
    const bits = this.peek(count);
    this.skip(count);
    return bits;
  }
}

/** Reads the next count of a distribution in which `remaining` states are still to be given away. */
function readCount(bits: ForwardBits, remaining: number): number {
  const width = highBit(remaining + 1) + 1;
  const lowMask = (1 << (width - 1)) - 1;
  const spare = (1 << width) - 2 - remaining;
  const value = bits.peek(width);
  if ((value & lowMask) < spare) {
    bits.skip(width - 1);
    return (value & lowMask) - 1;
  }
  bits.skip(width);
  return (value > lowMask ? value - spare : value) - 1;
}

/** Reads a distribution and returns its table, and where the section goes on. */
export function readFseTable(
  bytes: Uint8Array,
  start: number,
  end: number,
  { logMax, symbolsMax }: { readonly logMax: number; readonly symbolsMax: number },
): { readonly table: FseTable; readonly at: number } {
  const bits = new ForwardBits(bytes, start, end);
  const log = bits.read(4) + 5;
  if (log > logMax) throw corrupt('zstd', `a table of ${log} bits is too large`);
  const counts = new Int16Array(symbolsMax);
  let remaining = 1 << log;
  let symbol = 0;
  while (remaining > 0 && symbol < symbolsMax) {
    const count = readCount(bits, remaining);
    counts[symbol++] = count;
    remaining -= Math.abs(count);
    if (count !== 0) continue;
    let zeros = 3;
    while (zeros === 3) {
      zeros = bits.read(2);
      symbol += zeros;
    }
  }
  if (remaining !== 0 || symbol > symbolsMax) throw corrupt('zstd', 'a distribution does not add up');
  return { table: buildFseTable(counts, symbol, log), at: (bits.at + 7) >> 3 };
}
