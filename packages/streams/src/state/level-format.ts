import { crc32c } from '@nagare/base';

const blockBytes = 32_768;
const headerBytes = 7;
const [full, first, middle, last] = [1, 2, 3, 4];
const trailerBytes = 5;
const footerBytes = 48;
const tableMagic = 0xdb4775248b80fb57n;

/** What the manifest of a database says: which files it has, and where its log begins. */
export interface LevelVersion {
  /** Sizes of tables by their numbers. */
  readonly tables: ReadonlyMap<number, number>;
  readonly logNumber: number;
}

interface Block {
  readonly offset: number;
  readonly size: number;
}

/**
 * The records of a log of LevelDB (its manifest is one, too).
 *
 * @returns Undefined when a record is damaged. One that was not written to its end is left out, like what a crash has cut off.
 */
export function logRecords(log: Buffer): Buffer[] | undefined {
  const records: Buffer[] = [];
  let parts: Buffer[] = [];
  for (let at = 0; at + headerBytes <= log.length; ) {
    const left = blockBytes - (at % blockBytes);
    const end = at + headerBytes + log.readUInt16LE(at + 4);
    if (left < headerBytes) {
      at += left;
      continue;
    }
    if (end > at + left && log.length > at + left) return undefined;
    if (end > log.length) break;
    if (masked(crc32c(log.subarray(at + 6, end))) !== log.readUInt32LE(at)) return undefined;
    const type = log[at + 6];
    const isStart = type === full || type === first;
    if (isStart !== (parts.length === 0) || (!isStart && type !== middle && type !== last)) return undefined;
    parts.push(log.subarray(at + headerBytes, end));
    if (type === full || type === last) {
      records.push(Buffer.concat(parts));
      parts = [];
    }
    at = end;
  }
  return records;
}

/** Puts the records of a manifest together, or gives undefined when they make no sense. */
export function versionOf(edits: readonly Buffer[]): LevelVersion | undefined {
  const tables = new Map<number, number>();
  let logNumber = 0;
  for (const edit of edits) {
    const reader = new VarintReader(edit);
    while (!reader.isAtEnd) {
      switch (reader.next()) {
        case 1: // The comparator's name.
          reader.skip(reader.next());
          break;
        case 2:
          logNumber = reader.next();
          break;
        case 3: // The next file's number,
        case 4: // the last sequence number,
        case 9: // and the number of a log that versions before had.
          reader.next();
          break;
        case 5: // How far a level was compacted.
          reader.next();
          reader.skip(reader.next());
          break;
        case 6:
          reader.next();
          tables.delete(reader.next());
          break;
        case 7:
          reader.next();
          tables.set(reader.next(), reader.next());
          reader.skip(reader.next());
          reader.skip(reader.next());
          break;
        default:
          return undefined;
      }
    }
    if (reader.isBeyondEnd) return undefined;
  }
  return { tables, logNumber };
}

/**
 * The sequence numbers that the batches of a log begin with and end before, or undefined unless each goes on where the one before ends.
 *
 * A log without batches begins and ends nowhere.
 */
export function sequencesOf(
  batches: readonly Buffer[],
): { readonly start?: number; readonly end?: number } | undefined {
  let start: number | undefined;
  let end: number | undefined;
  for (const batch of batches) {
    if (batch.length < 12) return undefined;
    const sequence = Number(batch.readBigUInt64LE(0));
    if (end !== undefined && sequence !== end) return undefined;
    start ??= sequence;
    end = sequence + batch.readUInt32LE(8);
  }
  return start === undefined || end === undefined ? {} : { start, end };
}

/** Whether every block of a table is what was written. A table whose index is compressed counts as damaged: we write none. */
export function isTableSound(table: Buffer): boolean {
  if (table.length < footerBytes || table.readBigUInt64LE(table.length - 8) !== tableMagic) return false;
  const footer = new VarintReader(table.subarray(table.length - footerBytes));
  const metaindex = blockAt(footer);
  const index = blockAt(footer);
  const isFilled = endOf(metaindex) === index.offset && endOf(index) === table.length - footerBytes;
  if (!isFilled || !isBlockSound(table, metaindex) || !isBlockSound(table, index)) return false;
  if (table[index.offset + index.size] !== 0) return false;
  let at = 0;
  for (const block of indexedBlocks(table.subarray(index.offset, index.offset + index.size))) {
    if (block.offset !== at || !isBlockSound(table, block)) return false;
    at = endOf(block);
  }
  // Between the last block of data and the index of what describes them lies the filter.
  const filter = { offset: at, size: metaindex.offset - at - trailerBytes };
  return at === metaindex.offset || isBlockSound(table, filter);
}

function* indexedBlocks(index: Buffer): Iterable<Block> {
  const restarts = index.readUInt32LE(index.length - 4);
  const entries = new VarintReader(index.subarray(0, Math.max(0, index.length - 4 - 4 * restarts)));
  while (!entries.isAtEnd) {
    entries.next();
    const keyBytes = entries.next();
    entries.next();
    entries.skip(keyBytes);
    yield blockAt(entries);
  }
}

function blockAt(reader: VarintReader): Block {
  return { offset: reader.next(), size: reader.next() };
}

function endOf({ offset, size }: Block): number {
  return offset + size + trailerBytes;
}

function isBlockSound(table: Buffer, block: Block): boolean {
  const crcAt = block.offset + block.size + 1;
  if (block.size < 0 || endOf(block) > table.length) return false;
  return masked(crc32c(table.subarray(block.offset, crcAt))) === table.readUInt32LE(crcAt);
}

/** LevelDB does not store checksums as they are, because files may hold checksums of their own. */
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** Reads numbers of variable length. Behind the end all are 0. */
class VarintReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  get isBeyondEnd(): boolean {
    return this.#at > this.#bytes.length;
  }

  next(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#bytes[this.#at] ?? 0;
      this.#at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  skip(count: number): void {
    this.#at += count;
  }
}
