import { assert } from '@nagare/base';
import { varintBytes, varlongBytes, writeVarint, writeVarlong } from '../wire/varint.ts';
import {
  batchHeaderBytes,
  noProducerEpoch,
  noProducerId,
  noSequence,
  noTimestamp,
  type ProducerState,
  readBatchHeader,
  writeBatchHeader,
} from './batch-header.ts';
import { type CompressionType, compress } from './compression/registry.ts';
import type { RecordDraft, RecordHeader } from './record.ts';

export interface BatchOptions {
  /** Default: none. */
  readonly compression?: CompressionType;
  /** On the codec's own scale. Default: the codec's. */
  readonly level?: number | undefined;
  /** Default: -1, no producer id. It can be given later, see {@link BatchBuilder.setProducerState}. */
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
  /** Makes this the timestamp of all records, as a broker with `message.timestamp.type=LogAppendTime` does. */
  readonly logAppendTimeMs?: number;
  /** Of the first record. Default: 0; brokers give a new batch its own. */
  readonly baseOffset?: number;
  /** Default: -1, none. */
  readonly partitionLeaderEpoch?: number;
  /** What is left of a compacted batch keeps the offsets that it had. Default: that of its last record. */
  readonly lastOffsetDelta?: number;
  /** From when on compaction may drop the tombstones and markers of the batch (KIP-534). Default: not set. */
  readonly deleteHorizonMs?: number | undefined;
  /** The most bytes of the batch before compression. A first record that is longer is taken all the same. */
  readonly bytesMax?: number;
}

const initialBytes = 2048;
/** A batch that outgrows its first buffer goes to this at once: memory that is never touched costs little, copies do not. */
const roomyBytes = 131_072;
/** Up to here a loop copies faster than a call to `set`. */
const loopCopyBytesMax = 8;

/**
 * Builds one record batch. Each record is encoded as it comes, into one growing buffer; nothing else of it is kept.
 */
export class BatchBuilder {
  readonly #options: BatchOptions;
  readonly #bytesMax: number;
  #producer: ProducerState;
  #buffer: Buffer;
  #at = batchHeaderBytes;
  #count = 0;
  #lastOffsetDelta = -1;
  #baseTimestamp: number;
  #maxTimestamp = noTimestamp;
  #isBuilt = false;

  constructor(options: BatchOptions = {}) {
    this.#options = options;
    this.#bytesMax = options.bytesMax ?? Number.POSITIVE_INFINITY;
    this.#baseTimestamp = options.deleteHorizonMs ?? noTimestamp;
    this.#producer = {
      producerId: options.producerId ?? noProducerId,
      producerEpoch: options.producerEpoch ?? noProducerEpoch,
      baseSequence: options.baseSequence ?? noSequence,
    };
    this.#buffer = Buffer.allocUnsafeSlow(initialBytes);
  }

  /** Records so far. */
  get count(): number {
    return this.#count;
  }

  /** Bytes so far, header included, before compression. */
  get byteLength(): number {
    return this.#at;
  }

  /**
   * Appends a record. False, and nothing done, when the batch is full; the first record always fits.
   *
   * @param offsetDelta - Its offset from the start of the batch. Default: that of the record before, and one.
   */
  append(record: RecordDraft, offsetDelta = this.#lastOffsetDelta + 1): boolean {
    const { timestamp, key, value, headers } = record;
    if (this.#count === 0 && this.#options.deleteHorizonMs === undefined) this.#baseTimestamp = timestamp;
    const timestampDelta = timestamp - this.#baseTimestamp;
    const bodyBytes =
      1 +
      varlongBytes(timestampDelta) +
      varintBytes(offsetDelta) +
      nullableBytes(key) +
      nullableBytes(value) +
      (headers === undefined ? 1 : headersBytes(headers));
    const end = this.#at + varintBytes(bodyBytes) + bodyBytes;
    if (end > this.#bytesMax && this.#count > 0) return false;
    if (end > this.#buffer.length) this.#grow(end);
    const buffer = this.#buffer;
    let at = writeVarint(buffer, bodyBytes, this.#at);
    buffer[at++] = 0;
    at = writeVarlong(buffer, timestampDelta, at);
    at = writeVarint(buffer, offsetDelta, at);
    at = writeNullable(buffer, key, at);
    at = writeNullable(buffer, value, at);
    if (headers === undefined) buffer[at] = 0;
    else writeHeaders(buffer, headers, at);
    this.#at = end;
    this.#count += 1;
    this.#lastOffsetDelta = offsetDelta;
    if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp;
    return true;
  }

  #grow(bytesMin: number): void {
    assert(!this.#isBuilt, 'A built batch takes no more records');
    const roomy = Math.min(Math.max(this.#buffer.length * 2, roomyBytes), this.#bytesMax);
    const grown = Buffer.allocUnsafeSlow(Math.max(roomy, bytesMin));
    grown.set(this.#buffer.subarray(0, this.#at));
    this.#buffer = grown;
  }

  /** Says who sends the batch. May come as late as just before {@link build}. */
  setProducerState(state: ProducerState): void {
    this.#producer = state;
  }

  /** Compresses and seals the batch. The builder must not be used afterwards. */
  build(): Buffer {
    assert(!this.#isBuilt, 'A batch is built once');
    this.#isBuilt = true;
    const { compression = 'none', logAppendTimeMs, isTransactional = false, isControl = false } = this.#options;
    const { baseOffset = 0, partitionLeaderEpoch = -1, deleteHorizonMs, lastOffsetDelta } = this.#options;
    const batch = this.#compressed(compression);
    this.#buffer = Buffer.alloc(0);
    writeBatchHeader(batch, {
      ...this.#producer,
      baseOffset,
      partitionLeaderEpoch,
      compression,
      isLogAppendTime: logAppendTimeMs !== undefined,
      isTransactional,
      isControl,
      hasDeleteHorizon: deleteHorizonMs !== undefined,
      lastOffsetDelta: lastOffsetDelta ?? Math.max(this.#lastOffsetDelta, 0),
      baseTimestamp: this.#baseTimestamp,
      maxTimestamp: logAppendTimeMs ?? this.#maxTimestamp,
      recordCount: this.#count,
    });
    return batch;
  }

  /** The bytes of the batch with room for its header. */
  #compressed(compression: CompressionType): Buffer {
    const bytes = this.#buffer.subarray(0, this.#at);
    // Who keeps a batch must not keep much more than its bytes.
    if (compression === 'none') return this.#at * 2 < this.#buffer.length ? exactCopy(bytes) : bytes;
    const records = compress(compression, bytes.subarray(batchHeaderBytes), this.#options.level);
    const batch = Buffer.allocUnsafeSlow(batchHeaderBytes + records.length);
    batch.set(records, batchHeaderBytes);
    return batch;
  }
}

/** Builds a batch of records that are all there, whatever their number. */
export function encodeBatch(options: BatchOptions, records: readonly RecordDraft[]): Buffer {
  const builder = new BatchBuilder({ ...options, bytesMax: Number.POSITIVE_INFINITY });
  for (const record of records) builder.append(record);
  return builder.build();
}

/**
 * What compaction leaves of a batch without records when the batch is the last of its producer: a header with the same
 * offsets, timestamp and producer, so that the producer's sequence is still known.
 */
export function encodeEmptyBatch(batch: Buffer, at = 0): Buffer {
  const empty = Buffer.alloc(batchHeaderBytes);
  writeBatchHeader(empty, {
    ...readBatchHeader(batch, at),
    compression: 'none',
    hasDeleteHorizon: false,
    baseTimestamp: noTimestamp,
    recordCount: 0,
  });
  return empty;
}

function exactCopy(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

function nullableBytes(bytes: Buffer | null): number {
  return bytes === null ? 1 : varintBytes(bytes.length) + bytes.length;
}

function writeNullable(buffer: Buffer, bytes: Buffer | null, at: number): number {
  if (bytes === null) {
    buffer[at] = 1; // The varint of -1.
    return at + 1;
  }
  const length = bytes.length;
  let to = writeVarint(buffer, length, at);
  if (length > loopCopyBytesMax) {
    buffer.set(bytes, to);
    return to + length;
  }
  for (let from = 0; from < length; from += 1) buffer[to++] = bytes[from]!;
  return to;
}

function headersBytes(headers: readonly RecordHeader[]): number {
  let total = varintBytes(headers.length);
  for (const { key, value } of headers) {
    const keyBytes = Buffer.byteLength(key);
    total += varintBytes(keyBytes) + keyBytes + nullableBytes(value);
  }
  return total;
}

function writeHeaders(buffer: Buffer, headers: readonly RecordHeader[], at: number): void {
  let to = writeVarint(buffer, headers.length, at);
  for (const { key, value } of headers) {
    to = writeVarint(buffer, Buffer.byteLength(key), to);
    to += buffer.write(key, to, 'utf8');
    to = writeNullable(buffer, value, to);
  }
}
