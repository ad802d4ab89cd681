import { loadOptional } from './optional-module.ts';

/** What the native package gives. */
export interface NativeCrc32c {
  crc32c(input: Uint8Array, initialState?: number): number;
}

/**
 * The CRC-32C (Castagnoli) of `buffer` from `start` to `end`. `seed` is the checksum of what comes before, so that a sum
 * can be taken in pieces.
 */
export type Crc32c = (buffer: Buffer, start?: number, end?: number, seed?: number) => number;

/** Below this the call into native code costs more than it saves. */
const nativeBytesMin = 64;
const polynomial = 0x82f63b78;
const slices = 8;

/** Slicing-by-8: table k gives the effect of a byte that has k more bytes behind it. */
function buildTables(): Int32Array {
  const tables = new Int32Array(slices * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (polynomial & -(crc & 1));
    tables[byte] = crc;
  }
  for (let at = 256; at < tables.length; at += 1) {
    const previous = tables[at - 256]!;
    tables[at] = (previous >>> 8) ^ tables[previous & 0xff]!;
  }
  return tables;
}

/** The checksum without native code. */
export function createTableCrc32c(): Crc32c {
  const tables = buildTables();
  return (buffer, start = 0, end = buffer.length, seed = 0) => {
    let crc = ~seed;
    let at = start;
    for (const last = end - slices; at <= last; at += slices) {
      crc ^= buffer[at]! | (buffer[at + 1]! << 8) | (buffer[at + 2]! << 16) | (buffer[at + 3]! << 24);
      crc =
        tables[1792 + (crc & 0xff)]! ^
        tables[1536 + ((crc >>> 8) & 0xff)]! ^
        tables[1280 + ((crc >>> 16) & 0xff)]! ^
        tables[1024 + (crc >>> 24)]! ^
        tables[768 + buffer[at + 4]!]! ^
        tables[512 + buffer[at + 5]!]! ^
        tables[256 + buffer[at + 6]!]! ^
        tables[buffer[at + 7]!]!;
    }
    for (; at < end; at += 1) crc = (crc >>> 8) ^ tables[(crc ^ buffer[at]!) & 0xff]!;
    return ~crc >>> 0;
  };
}

/** Takes the native checksum for all but short inputs when `load` finds it. */
export function createCrc32c(load: () => NativeCrc32c | undefined): Crc32c {
  const table = createTableCrc32c();
  const native = load();
  if (native === undefined) return table;
  return (buffer, start = 0, end = buffer.length, seed = 0) =>
    end - start < nativeBytesMin
      ? table(buffer, start, end, seed)
      : native.crc32c(start === 0 && end === buffer.length ? buffer : buffer.subarray(start, end), seed);
}

let loaded: Crc32c | undefined;

/**
 * The CRC-32C (Castagnoli) of `buffer` from `start` to `end`, a uint32. `seed` is the checksum of what comes before, so
 * that a sum can be taken in pieces.
 */
export function crc32c(buffer: Buffer, start = 0, end = buffer.length, seed = 0): number {
  loaded ??= createCrc32c(() => loadOptional<NativeCrc32c>('@node-rs/crc32', import.meta.url));
  return loaded(buffer, start, end, seed);
}
