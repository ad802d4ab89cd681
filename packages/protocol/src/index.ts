export type { ErrorName } from './error-codes.ts';
export { errorCode, errorName, errorTable } from './error-codes.ts';
export { FrameReader, frameOf } from './frame.ts';
export type { RequestHeader } from './headers.ts';
export {
  finishRequestHeader,
  finishResponseHeader,
  readRequestHeader,
  writeRequestHeader,
  writeResponseHeader,
} from './headers.ts';
export { apiOf, apis } from './messages/registry.ts';
export { metadataRecords } from './metadata/registry.ts';
export type { ProtocolErrorKind } from './protocol-error.ts';
export { ProtocolError } from './protocol-error.ts';
export type {
  BatchFault,
  BatchHeader,
  BatchOptions,
  CompressionType,
  ConsumedRecord,
  ControlType,
  EndTxnMarker,
  ProducerState,
  RecordDraft,
  RecordHeader,
} from './records/index.ts';
export {
  BatchBuilder,
  baseOffset,
  baseSequence,
  baseTimestamp,
  batchEnd,
  batchHeaderBytes,
  batchLengthOverhead,
  batchSize,
  checkBatch,
  compress,
  compressionCodec,
  compressionTypes,
  currentMagic,
  decompress,
  encodeBatch,
  encodeEmptyBatch,
  encodeEndTxnMarker,
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
  murmur2,
  noTimestamp,
  partitionForKey,
  partitionLeaderEpoch,
  prepareCompression,
  producerEpoch,
  producerId,
  RecordReader,
  readBatchHeader,
  readControlType,
  readEndTxnMarker,
  readInt64,
  readRecords,
  recordCount,
  sealCrc,
  setBaseOffset,
  setMaxTimestamp,
  setPartitionLeaderEpoch,
  setProducerState,
  splitBatches,
  writeInt64,
} from './records/index.ts';
export type {
  Api,
  MessageSchema,
  RequestDraftOf,
  RequestOf,
  ResponseDraftOf,
  ResponseOf,
  StoredDraftOf,
  StoredRecord,
  StoredValueOf,
} from './schema/api.ts';
export { defineApi, defineRecord } from './schema/api.ts';
export type { Codec } from './schema/compile.ts';
export { codecOf } from './schema/compile.ts';
export type { Field, Fields, StructDraft, StructValue } from './schema/field.ts';
export { defaultOf, zeroUuid } from './schema/field.ts';
export type { VersionRange } from './schema/version-range.ts';
export { hasVersion } from './schema/version-range.ts';
export { storedRecords } from './stored/registry.ts';
export { Reader } from './wire/reader.ts';
export { Writer } from './wire/writer.ts';
