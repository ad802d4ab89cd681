import { corrupt } from '../codec.ts';
import { copyBytes, copyMatch } from '../copy.ts';
import { BackwardBits } from './bits.ts';
import type { FseTable } from './fse.ts';
import type { HuffmanTable } from './huffman.ts';
import { type Literals, readLiterals } from './literals.ts';
import {
  literalBaselines,
  literalCode,
  literalExtraBits,
  matchBaselines,
  matchCode,
  matchExtraBits,
  offsetCode,
  readSequenceTable,
} from './sequence-tables.ts';

/** The part of a buffer that a block may write. */
export interface BlockOutput {
  readonly bytes: Uint8Array;
  /** Where the content of the frame starts: no match may refer to anything before it. */
  readonly frameStart: number;
  readonly start: number;
  readonly end: number;
}

interface SequenceTables {
  readonly literals: FseTable;
  readonly offsets: FseTable;
  readonly matches: FseTable;
}

function readSequenceCount(input: Uint8Array, start: number, end: number): { count: number; at: number } {
  const first = start < end ? input[start]! : 0;
  const headerBytes = first < 128 ? 1 : first < 255 ? 2 : 3;
  if (headerBytes > end - start) throw corrupt('zstd', 'a sequence count is broken off');
  const at = start + headerBytes;
  if (first < 128) return { count: first, at };
  if (first < 255) return { count: ((first - 128) << 8) + input[start + 1]!, at };
  return { count: input[start + 1]! + (input[start + 2]! << 8) + 0x7f00, at };
}

/** Decodes the compressed blocks of one frame, which share offsets and may use each other's tables. */
export class BlockDecoder {
  #huffman: HuffmanTable | undefined;
  #tables: SequenceTables | undefined;
  #offset1 = 1;
  #offset2 = 4;
  #offset3 = 8;

  /** Inflates the block of `input` from `start` to `end`, and returns where its output ends. */
  decode(input: Uint8Array, start: number, end: number, output: BlockOutput): number {
    const literals = readLiterals(input, start, end, this.#huffman);
    this.#huffman = literals.table;
    const { count, at } = readSequenceCount(input, literals.at, end);
    if (count > 0) {
      const { tables, at: bitsStart } = this.#readTables(input, at, end);
      return this.#decodeSequences(tables, new BackwardBits(input, bitsStart, end), count, literals, output);
    }
    if (at !== end) throw corrupt('zstd', 'bytes follow a block without sequences');
    if (literals.length > output.end - output.start) throw corrupt('zstd', 'a block is too long');
    return copyBytes(literals.bytes, literals.start, literals.start + literals.length, output.bytes, output.start);
  }

  #readTables(input: Uint8Array, start: number, end: number): { tables: SequenceTables; at: number } {
    const modes = start < end ? input[start]! : 3;
    if ((modes & 3) !== 0) throw corrupt('zstd', 'the modes of a block are unknown');
    const before = this.#tables;
    const literals = readSequenceTable(input, start + 1, end, {
      mode: modes >>> 6,
      code: literalCode,
      previous: before?.literals,
    });
    const offsets = readSequenceTable(input, literals.at, end, {
      mode: (modes >>> 4) & 3,
      code: offsetCode,
      previous: before?.offsets,
    });
    const matches = readSequenceTable(input, offsets.at, end, {
      mode: (modes >>> 2) & 3,
      code: matchCode,
      previous: before?.matches,
    });
    this.#tables = { literals: literals.table, offsets: offsets.table, matches: matches.table };
    return { tables: this.#tables, at: matches.at };
  }

  #decodeSequences(
    { literals: literalTable, offsets: offsetTable, matches: matchTable }: SequenceTables,
    bits: BackwardBits,
    count: number,
    literals: Literals,
    { bytes, frameStart, start, end }: BlockOutput,
  ): number {
    const literalsEnd = literals.start + literals.length;
    let literalState = bits.read(literalTable.log);
    let offsetState = bits.read(offsetTable.log);
    let matchState = bits.read(matchTable.log);
    let from = literals.start;
    let to = start;
    for (let left = count; left > 0; left -= 1) {
      const offsetBits = offsetTable.symbols[offsetState]!;
      const offsetValue = ((1 << offsetBits) >>> 0) + bits.readLong(offsetBits);
      const matchSymbol = matchTable.symbols[matchState]!;
      const matchLength = matchBaselines[matchSymbol]! + bits.read(matchExtraBits[matchSymbol]!);
      const literalSymbol = literalTable.symbols[literalState]!;
      const literalLength = literalBaselines[literalSymbol]! + bits.read(literalExtraBits[literalSymbol]!);
      if (left > 1) {
        literalState = literalTable.baselines[literalState]! + bits.read(literalTable.bitCounts[literalState]!);
        matchState = matchTable.baselines[matchState]! + bits.read(matchTable.bitCounts[matchState]!);
        offsetState = offsetTable.baselines[offsetState]! + bits.read(offsetTable.bitCounts[offsetState]!);
      }
      if (bits.left < 0) throw corrupt('zstd', 'sequences are broken off');
      if (literalLength > literalsEnd - from) throw corrupt('zstd', 'a sequence has more literals than its block');
      if (literalLength + matchLength > end - to) throw corrupt('zstd', 'a block is too long');
      to = copyBytes(literals.bytes, from, from + literalLength, bytes, to);
      from += literalLength;
      const offset = this.#offsetOf(offsetValue, literalLength);
      if (offset <= 0 || offset > to - frameStart) throw corrupt('zstd', 'a match starts before its frame');
      to = copyMatch(bytes, to, offset, matchLength);
    }
    if (bits.left !== 0) throw corrupt('zstd', 'sequences do not end where they should');
    if (literalsEnd - from > end - to) throw corrupt('zstd', 'a block is too long');
    return copyBytes(literals.bytes, from, literalsEnd, bytes, to);
  }

  /** The offset that a value stands for: one of the last three for 1 to 3, shifted by one after no literals. */
  #offsetOf(value: number, literalLength: number): number {
    if (value > 3) {
      this.#offset3 = this.#offset2;
      this.#offset2 = this.#offset1;
      this.#offset1 = value - 3;
      return this.#offset1;
    }
    const index = literalLength === 0 ? value : value - 1;
    if (index === 0) return this.#offset1;
    const offset = index === 1 ? this.#offset2 : index === 2 ? this.#offset3 : this.#offset1 - 1;
    if (index > 1) this.#offset3 = this.#offset2;
    this.#offset2 = this.#offset1;
    this.#offset1 = offset;
    return offset;
  }
}
