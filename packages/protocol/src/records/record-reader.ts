import { ProtocolError } from '../protocol-error.ts';
import { type Cursor, readVarint, readVarlong } from '../wire/varint.ts';
import {
  baseOffset,
  baseTimestamp,
  batchHeaderBytes,
  batchSize,
  compressionCodec,
  currentMagic,
  isLogAppendTime,
  magic,
  maxTimestamp,
  recordCount,
} from './batch-header.ts';
import { decompress } from './compression/registry.ts';
import type { ConsumedRecord, RecordHeader } from './record.ts';

export interface RecordReaderOptions {
  /** The most bytes that the records may inflate to. Default: 134217728, 128 MiB. */
  readonly decompressBytesMax?: number;
}

const decompressBytesMaxDefault = 134_217_728;
const noHeaders: readonly RecordHeader[] = Object.freeze([]);

function corrupt(what: string): ProtocolError {
  return new ProtocolError('corrupt', `A record ${what}`);
}

/** Opens the records of a batch, inflated where they must be. */
function openRecords(batch: Buffer, bytesMax: number): Cursor {
  if (batch.length < batchHeaderBytes) throw new ProtocolError('truncated', 'The bytes end inside a batch header');
  if (magic(batch) !== currentMagic) throw new ProtocolError('unsupported', `Magic ${magic(batch)} cannot be read`);
  const end = batchSize(batch);
  if (end > batch.length) throw new ProtocolError('truncated', 'The bytes end inside a batch');
  if (end < batchHeaderBytes) throw new ProtocolError('corrupt', `A batch cannot have ${end} bytes`);
  const compression = compressionCodec(batch);
  // Compaction leaves empty batches with the attributes that they had, and no compressed bytes at all.
  if (compression === 'none' || end === batchHeaderBytes) return { buffer: batch, at: batchHeaderBytes, end };
  const buffer = decompress(compression, batch.subarray(batchHeaderBytes, end), bytesMax);
  return { buffer, at: 0, end: buffer.length };
}

/**
 * Reads the records of one batch in order. {@link next} moves to a record and checks its structure; its parts are made
 * only when asked for, as slices of the batch or of what it was inflated to.
 *
 * @throws {ProtocolError} From the constructor and {@link next}, whatever the bytes are.
 * @example Sum up the values' lengths
 * ```ts
 * const reader = new RecordReader(batch);
 * let bytes = 0;
 * while (reader.next()) bytes += Math.max(reader.valueLength, 0);
 * ```
 */
export class RecordReader {
  readonly #cursor: Cursor;
  readonly #baseOffset: number;
  readonly #baseTimestamp: number;
  readonly #appendTime: number | undefined;
  #left: number;
  /** The offset of the current record. */
  offset = -1;
  /** The timestamp of the current record: its own, or the broker's append time. */
  timestamp = -1;
  /** Bytes of the key; -1 for null. */
  keyLength = -1;
  /** Bytes of the value; -1 for null. */
  valueLength = -1;
  #keyAt = 0;
  #valueAt = 0;
  #headersAt = 0;
  #headerCount = 0;

  constructor(batch: Buffer, options: RecordReaderOptions = {}) {
    this.#cursor = openRecords(batch, options.decompressBytesMax ?? decompressBytesMaxDefault);
    this.#baseOffset = baseOffset(batch);
    this.#baseTimestamp = baseTimestamp(batch);
    this.#appendTime = isLogAppendTime(batch) ? maxTimestamp(batch) : undefined;
    this.#left = recordCount(batch);
    if (this.#left < 0) throw new ProtocolError('corrupt', `A batch cannot have ${this.#left} records`);
    if (this.#left === 0) this.#checkEnd();
  }

  /** Moves to the next record. False after the last. */
  next(): boolean {
    if (this.#left === 0) return false;
    const cursor = this.#cursor;
    const bodyBytes = readVarint(cursor);
    const end = cursor.at + bodyBytes;
    if (bodyBytes < 1 || end > cursor.end) throw corrupt(`cannot have ${bodyBytes} bytes`);
    cursor.at += 1; // Attributes: none is defined.
    const timestampDelta = readVarlong(cursor);
    this.timestamp = this.#appendTime ?? this.#baseTimestamp + timestampDelta;
    this.offset = this.#baseOffset + readVarint(cursor);
    this.keyLength = readVarint(cursor);
    this.#keyAt = cursor.at;
    skip(cursor, this.keyLength, end);
    this.valueLength = readVarint(cursor);
    this.#valueAt = cursor.at;
    skip(cursor, this.valueLength, end);
    this.#skipHeaders(end);
    if (cursor.at !== end) throw corrupt(`of ${bodyBytes} bytes ends elsewhere`);
    this.#left -= 1;
    if (this.#left === 0) this.#checkEnd();
    return true;
  }

  #skipHeaders(end: number): void {
    const cursor = this.#cursor;
    const count = readVarint(cursor);
    this.#headerCount = count;
    this.#headersAt = cursor.at;
    if (count === 0) return;
    if (count < 0 || count * 2 > end - cursor.at) throw corrupt(`cannot have ${count} headers`);
    for (let left = count; left > 0; left -= 1) {
      const keyLength = readVarint(cursor);
      if (keyLength < 0) throw corrupt('has a header without a key');
      skip(cursor, keyLength, end);
      skip(cursor, readVarint(cursor), end);
    }
  }

  #checkEnd(): void {
    if (this.#cursor.at !== this.#cursor.end) throw new ProtocolError('corrupt', 'Bytes follow the last record');
  }

  #slice(at: number, length: number): Buffer | null {
    return length < 0 ? null : this.#cursor.buffer.subarray(at, at + length);
  }

  key(): Buffer | null {
    return this.#slice(this.#keyAt, this.keyLength);
  }

  value(): Buffer | null {
    return this.#slice(this.#valueAt, this.valueLength);
  }

  headers(): readonly RecordHeader[] {
    if (this.#headerCount === 0) return noHeaders;
    const { buffer, end } = this.#cursor;
    const cursor: Cursor = { buffer, at: this.#headersAt, end };
    const headers: RecordHeader[] = [];
    for (let left = this.#headerCount; left > 0; left -= 1) {
      const keyLength = readVarint(cursor);
      const key = buffer.toString('utf8', cursor.at, cursor.at + keyLength);
      cursor.at += keyLength;
      const valueLength = readVarint(cursor);
      headers.push({ key, value: this.#slice(cursor.at, valueLength) });
      cursor.at += Math.max(valueLength, 0);
    }
    return headers;
  }
}

/** Moves over the bytes of a nullable field. */
function skip(cursor: Cursor, length: number, end: number): void {
  if (length <= 0) return;
  if (length > end - cursor.at) throw corrupt(`has a field of ${length} bytes that does not fit`);
  cursor.at += length;
}

/** Reads all records of a batch. */
export function readRecords(batch: Buffer, options?: RecordReaderOptions): ConsumedRecord[] {
  const reader = new RecordReader(batch, options);
  const records: ConsumedRecord[] = [];
  while (reader.next()) {
    const { offset, timestamp } = reader;
    records.push({ offset, timestamp, key: reader.key(), value: reader.value(), headers: reader.headers() });
  }
  return records;
}
