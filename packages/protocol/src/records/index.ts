export { murmur2, partitionForKey } from '../murmur2.ts';
export { readInt64, writeInt64 } from '../wire/int64.ts';
export type { Cursor } from '../wire/varint.ts';
export {
  readUnsignedVarint,
  readVarint,
  readVarlong,
  unsignedVarintBytes,
  varintBytes,
  varlongBytes,
  writeUnsignedVarint,
  writeVarint,
  writeVarlong,
} from '../wire/varint.ts';
export type { BatchHeader, ProducerState } from './batch-header.ts';
export {
  attributes,
  baseOffset,
  baseSequence,
  baseTimestamp,
  batchHeaderBytes,
  batchLengthOverhead,
  batchSize,
  compressionCodec,
  currentMagic,
  hasDeleteHorizon,
  isControl,
  isCrcValid,
  isLogAppendTime,
  isTransactional,
  lastOffset,
  lastOffsetDelta,
  lastSequence,
  magic,
  maxTimestamp,
  noProducerEpoch,
  noProducerId,
  noSequence,
  noTimestamp,
  partitionLeaderEpoch,
  producerEpoch,
  producerId,
  readBatchHeader,
  recordCount,
  sealCrc,
  setBaseOffset,
  setMaxTimestamp,
  setPartitionLeaderEpoch,
  setProducerState,
  storedCrc,
} from './batch-header.ts';
export type { BatchFault } from './batch-iterator.ts';
export { batchEnd, checkBatch, splitBatches } from './batch-iterator.ts';
export type { CompressionType } from './compression/registry.ts';
export {
  compress,
  compressionId,
  compressionTypeOf,
  compressionTypes,
  decompress,
  prepareCompression,
} from './compression/registry.ts';
export type { ControlBatch, ControlType, EndTxnMarker } from './control-record.ts';
export {
  controlTypes,
  encodeControlBatch,
  encodeControlKey,
  encodeEndTxnMarker,
  readControlType,
  readCoordinatorEpoch,
  readEndTxnMarker,
} from './control-record.ts';
export type { ConsumedRecord, RecordDraft, RecordHeader } from './record.ts';
export type { RecordReaderOptions } from './record-reader.ts';
export { RecordReader, readRecords } from './record-reader.ts';
export type { BatchOptions } from './record-writer.ts';
export { BatchBuilder, encodeBatch, encodeEmptyBatch } from './record-writer.ts';
