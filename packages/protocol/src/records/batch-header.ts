import { crc32c } from '@nagare/base';
import { ProtocolError } from '../protocol-error.ts';
import { readInt64, writeInt64 } from '../wire/int64.ts';
import { type CompressionType, compressionId, compressionTypeOf } from './compression/registry.ts';

/** Bytes before the records of a batch. */
export const batchHeaderBytes = 61;
/** Bytes that the length of a batch does not count: its base offset and the length itself. */
export const batchLengthOverhead = 12;
/** The message format that Kafka has written since 0.11. */
export const currentMagic = 2;

export const noProducerId = -1;
export const noProducerEpoch = -1;
export const noSequence = -1;
export const noTimestamp = -1;

/** Where each field starts. The base offset and the leader epoch lie outside the checksum, so that brokers may set them. */
const place = {
  length: 8,
  partitionLeaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
} as const;

const compressionMask = 0x07;
const logAppendTimeBit = 0x08;
const transactionalBit = 0x10;
const controlBit = 0x20;
const deleteHorizonBit = 0x40;

/** All bytes of the batch at `at`, its first 12 included, by its own account. */
export function batchSize(buffer: Buffer, at = 0): number {
  return buffer.readInt32BE(at + place.length) + batchLengthOverhead;
}

export function baseOffset(buffer: Buffer, at = 0): number {
  return readInt64(buffer, at);
}

export function partitionLeaderEpoch(buffer: Buffer, at = 0): number {
  return buffer.readInt32BE(at + place.partitionLeaderEpoch);
}

export function magic(buffer: Buffer, at = 0): number {
  return buffer.readInt8(at + place.magic);
}

export function storedCrc(buffer: Buffer, at = 0): number {
  return buffer.readUInt32BE(at + place.crc);
}

export function attributes(buffer: Buffer, at = 0): number {
  return buffer.readInt16BE(at + place.attributes);
}

/** @throws {ProtocolError} `corrupt` for a codec that Kafka does not have. */
export function compressionCodec(buffer: Buffer, at = 0): CompressionType {
  const id = attributes(buffer, at) & compressionMask;
  const type = compressionTypeOf(id);
  if (type === undefined) throw new ProtocolError('corrupt', `Compression type ${id} is unknown`);
  return type;
}

/** Whether the batch's maximum timestamp, set by the broker, is the timestamp of all its records. */
export function isLogAppendTime(buffer: Buffer, at = 0): boolean {
  return (attributes(buffer, at) & logAppendTimeBit) !== 0;
}

export function isTransactional(buffer: Buffer, at = 0): boolean {
  return (attributes(buffer, at) & transactionalBit) !== 0;
}

export function isControl(buffer: Buffer, at = 0): boolean {
  return (attributes(buffer, at) & controlBit) !== 0;
}

/** Whether the base timestamp is the time from which compaction may drop the batch's tombstones. */
export function hasDeleteHorizon(buffer: Buffer, at = 0): boolean {
  return (attributes(buffer, at) & deleteHorizonBit) !== 0;
}

export function lastOffsetDelta(buffer: Buffer, at = 0): number {
  return buffer.readInt32BE(at + place.lastOffsetDelta);
}

export function lastOffset(buffer: Buffer, at = 0): number {
  return baseOffset(buffer, at) + lastOffsetDelta(buffer, at);
}

export function baseTimestamp(buffer: Buffer, at = 0): number {
  return readInt64(buffer, at + place.baseTimestamp);
}

export function maxTimestamp(buffer: Buffer, at = 0): number {
  return readInt64(buffer, at + place.maxTimestamp);
}

export function producerId(buffer: Buffer, at = 0): number {
  return readInt64(buffer, at + place.producerId);
}

export function producerEpoch(buffer: Buffer, at = 0): number {
  return buffer.readInt16BE(at + place.producerEpoch);
}

export function baseSequence(buffer: Buffer, at = 0): number {
  return buffer.readInt32BE(at + place.baseSequence);
}

/** The sequence of the last record. Sequences go on at 0 after 2^31 - 1. */
export function lastSequence(buffer: Buffer, at = 0): number {
  const base = baseSequence(buffer, at);
  return base < 0 ? noSequence : (base + lastOffsetDelta(buffer, at)) % 2 ** 31;
}

export function recordCount(buffer: Buffer, at = 0): number {
  return buffer.readInt32BE(at + place.recordCount);
}

/** Sets the offset of the first record. The checksum stays valid. */
export function setBaseOffset(buffer: Buffer, value: number, at = 0): void {
  writeInt64(buffer, value, at);
}

/** Sets the leader epoch. The checksum stays valid. */
export function setPartitionLeaderEpoch(buffer: Buffer, value: number, at = 0): void {
  buffer.writeInt32BE(value, at + place.partitionLeaderEpoch);
}

/** Sets the greatest timestamp, and whose it is. The caller must seal the batch again with {@link sealCrc}. */
export function setMaxTimestamp(buffer: Buffer, value: number, isAppendTime: boolean, at = 0): void {
  const others = attributes(buffer, at) & ~logAppendTimeBit;
  buffer.writeInt16BE(isAppendTime ? others | logAppendTimeBit : others, at + place.attributes);
  writeInt64(buffer, value, at + place.maxTimestamp);
}

/** Who wrote a batch, by which a broker tells duplicates. */
export interface ProducerState {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
}

/** Gives a built batch to another producer id, epoch or sequence, and seals it again. */
export function setProducerState(buffer: Buffer, state: ProducerState, at = 0): void {
  writeInt64(buffer, state.producerId, at + place.producerId);
  buffer.writeInt16BE(state.producerEpoch, at + place.producerEpoch);
  buffer.writeInt32BE(state.baseSequence, at + place.baseSequence);
  sealCrc(buffer, at);
}

function computeCrc(buffer: Buffer, at: number): number {
  return crc32c(buffer, at + place.attributes, at + batchSize(buffer, at));
}

/** Writes the checksum of the batch as it is now. */
export function sealCrc(buffer: Buffer, at = 0): void {
  buffer.writeUInt32BE(computeCrc(buffer, at), at + place.crc);
}

/** Whether the checksum is right. The whole batch must be in the buffer. */
export function isCrcValid(buffer: Buffer, at = 0): boolean {
  return storedCrc(buffer, at) === computeCrc(buffer, at);
}

/** Everything that a batch says before its records. */
export interface BatchHeader extends ProducerState {
  readonly baseOffset: number;
  readonly lastOffsetDelta: number;
  readonly sizeBytes: number;
  readonly partitionLeaderEpoch: number;
  readonly magic: number;
  readonly crc: number;
  readonly compression: CompressionType;
  readonly isLogAppendTime: boolean;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly hasDeleteHorizon: boolean;
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  readonly recordCount: number;
}

/** Reads the whole header, for tools; code that needs a field or two reads just these. */
export function readBatchHeader(buffer: Buffer, at = 0): BatchHeader {
  if (buffer.length - at < batchHeaderBytes)
    throw new ProtocolError('truncated', 'The bytes end inside a batch header');
  return {
    baseOffset: baseOffset(buffer, at),
    lastOffsetDelta: lastOffsetDelta(buffer, at),
    sizeBytes: batchSize(buffer, at),
    partitionLeaderEpoch: partitionLeaderEpoch(buffer, at),
    magic: magic(buffer, at),
    crc: storedCrc(buffer, at),
    compression: compressionCodec(buffer, at),
    isLogAppendTime: isLogAppendTime(buffer, at),
    isTransactional: isTransactional(buffer, at),
    isControl: isControl(buffer, at),
    hasDeleteHorizon: hasDeleteHorizon(buffer, at),
    baseTimestamp: baseTimestamp(buffer, at),
    maxTimestamp: maxTimestamp(buffer, at),
    producerId: producerId(buffer, at),
    producerEpoch: producerEpoch(buffer, at),
    baseSequence: baseSequence(buffer, at),
    recordCount: recordCount(buffer, at),
  };
}

/** What {@link writeBatchHeader} needs; the length is what the buffer holds. */
export interface BatchHeaderDraft extends ProducerState {
  readonly baseOffset: number;
  readonly partitionLeaderEpoch: number;
  readonly compression: CompressionType;
  readonly isLogAppendTime: boolean;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly hasDeleteHorizon: boolean;
  readonly lastOffsetDelta: number;
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  readonly recordCount: number;
}

/** Writes the header of a batch that fills `buffer`, and seals it. */
export function writeBatchHeader(buffer: Buffer, draft: BatchHeaderDraft): void {
  setBaseOffset(buffer, draft.baseOffset);
  buffer.writeInt32BE(buffer.length - batchLengthOverhead, place.length);
  setPartitionLeaderEpoch(buffer, draft.partitionLeaderEpoch);
  buffer.writeInt8(currentMagic, place.magic);
  const bits =
    compressionId(draft.compression) |
    (draft.isLogAppendTime ? logAppendTimeBit : 0) |
    (draft.isTransactional ? transactionalBit : 0) |
    (draft.isControl ? controlBit : 0) |
    (draft.hasDeleteHorizon ? deleteHorizonBit : 0);
  buffer.writeInt16BE(bits, place.attributes);
  buffer.writeInt32BE(draft.lastOffsetDelta, place.lastOffsetDelta);
  writeInt64(buffer, draft.baseTimestamp, place.baseTimestamp);
  writeInt64(buffer, draft.maxTimestamp, place.maxTimestamp);
  buffer.writeInt32BE(draft.recordCount, place.recordCount);
  setProducerState(buffer, draft);
}
