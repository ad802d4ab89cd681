import { corrupt } from '../codec.ts';
import { buildFseTable, type FseTable, readFseTable, singleSymbolTable } from './fse.ts';

/** What the format fixes about one of the three kinds of codes in a sequence. */
export interface SequenceCode {
  readonly logMax: number;
  readonly symbolsMax: number;
  readonly predefined: FseTable;
}

const lengthBits = (plain: number, rest: readonly number[]) =>
  Uint8Array.from([...new Array<number>(plain).fill(0), ...rest]);

/** Each code stands for a range of lengths; ranges follow each other, and the extra bits say how wide they are. */
function baselinesOf(extraBits: Uint8Array, first: number): Int32Array {
  let next = first;
  return Int32Array.from(extraBits, (bits) => {
    const baseline = next;
    next += 1 << bits;
    return baseline;
  });
}

export const literalExtraBits = lengthBits(16, [1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
export const literalBaselines = baselinesOf(literalExtraBits, 0);
export const matchExtraBits = lengthBits(32, [1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
export const matchBaselines = baselinesOf(matchExtraBits, 3);

const predefinedLiterals = [
  4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1,
];
const predefinedMatches = [
  1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
];
const predefinedOffsets = [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1];

const predefine = (counts: readonly number[], log: number) => buildFseTable(counts, counts.length, log);

export const literalCode: SequenceCode = {
  logMax: 9,
  symbolsMax: literalExtraBits.length,
  predefined: predefine(predefinedLiterals, 6),
};
export const offsetCode: SequenceCode = { logMax: 8, symbolsMax: 32, predefined: predefine(predefinedOffsets, 5) };
export const matchCode: SequenceCode = {
  logMax: 9,
  symbolsMax: matchExtraBits.length,
  predefined: predefine(predefinedMatches, 6),
};

/** Reads the table of one kind of codes, by its mode: predefined, one symbol, described here, or the previous one. */
export function readSequenceTable(
  input: Uint8Array,
  start: number,
  end: number,
  { mode, code, previous }: { mode: number; code: SequenceCode; previous: FseTable | undefined },
): { readonly table: FseTable; readonly at: number } {
  switch (mode) {
    case 0:
      return { table: code.predefined, at: start };
    case 1: {
      const symbol = start < end ? input[start]! : code.symbolsMax;
      if (symbol >= code.symbolsMax) throw corrupt('zstd', 'a sequence code is unknown');
      return { table: singleSymbolTable(symbol), at: start + 1 };
    }
    case 2:
      return readFseTable(input, start, end, code);
    default:
      if (previous === undefined) throw corrupt('zstd', 'there is no sequence table to use again');
      return { table: previous, at: start };
  }
}
