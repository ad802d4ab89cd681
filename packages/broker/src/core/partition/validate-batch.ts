import {
  baseOffset,
  baseSequence,
  batchHeaderBytes,
  batchLengthOverhead,
  batchSize,
  type CompressionType,
  compressionCodec,
  currentMagic,
  type ErrorName,
  isControl,
  isCrcValid,
  isLogAppendTime,
  lastOffsetDelta,
  magic,
  maxTimestamp,
  ProtocolError,
  producerId,
  recordCount,
  sealCrc,
  setMaxTimestamp,
} from '@nagare/protocol';
import type { LogConfig } from '../../log/log-config.ts';
import { type BatchRefusal, refuse, type ValidationOptions, type ValidBatch } from './batch-verdict.ts';
import { recompress } from './recompress.ts';
import { inflatedBytesMax, needsRecords, validateRecords } from './validate-records.ts';

/** Since then producers may use zstd. */
const zstdVersionMin = 7;
/** The magic is the last of these, in every format. */
const bytesToMagic = 17;
/** The smallest message of the oldest format. */
const messageBytesMin = batchLengthOverhead + 14;

/**
 * Checks what a producer sent for one partition, and brings it into the form that the topic asks for. For most topics
 * that is a look at the header and the checksum; records are read only where a setting of the topic is about them.
 */
export function validateBatch(records: Buffer | null, options: ValidationOptions): ValidBatch | BatchRefusal {
  const framed = frameOf(records, options.version);
  if ('kind' in framed) return framed;
  const { batch } = framed;
  const { config } = options;
  if (batch.length > config.maxMessageBytes) {
    return refuse(
      'MESSAGE_TOO_LARGE',
      `The batch has ${batch.length} bytes, the topic takes ${config.maxMessageBytes}`,
    );
  }
  if (!isCrcValid(batch)) return refuse('CORRUPT_MESSAGE', 'The checksum of the batch is wrong');
  const fault = headerFault(batch);
  if (fault !== undefined) return refuse('INVALID_RECORD', fault);
  if (batch.length > config.segmentBytes) {
    return refuse('RECORD_LIST_TOO_LARGE', `The batch has ${batch.length} bytes, a segment ${config.segmentBytes}`);
  }
  try {
    if (needsRecords(batch, options)) {
      const refusal = validateRecords(batch, options);
      if (refusal !== undefined) return refusal;
    }
    return adapt(batch, options);
  } catch (error) {
    if (error instanceof ProtocolError) return refuse(errorOf(error), error.message);
    throw error;
  }
}

/** The one batch in what was sent. Bytes behind it that are no batch are dropped. */
function frameOf(records: Buffer | null, version: number): { readonly batch: Buffer } | BatchRefusal {
  if (records === null || records.length < batchHeaderBytes)
    return refuse('INVALID_RECORD', 'There is no record batch');
  const size = batchSize(records);
  const format = magic(records);
  if (size < batchHeaderBytes || !isMagic(format)) return refuse('CORRUPT_MESSAGE', 'The bytes are no record batch');
  if (size > records.length) return refuse('INVALID_RECORD', 'There is no whole record batch');
  if (format !== currentMagic) {
    return refuse('INVALID_RECORD', `Only batches of magic ${currentMagic} are accepted, got ${format}`);
  }
  const codec = codecOf(records);
  if (codec === undefined || (codec === 'zstd' && version < zstdVersionMin)) {
    return refuse(
      'UNSUPPORTED_COMPRESSION_TYPE',
      `Produce version ${version} does not allow ${codec ?? 'this'} compression`,
    );
  }
  const fault = faultBehind(records, size);
  if (fault !== undefined) return fault;
  if (baseOffset(records) !== 0)
    return refuse('INVALID_RECORD', `The base offset must be 0, got ${baseOffset(records)}`);
  return { batch: size === records.length ? records : records.subarray(0, size) };
}

function isMagic(format: number): boolean {
  return format >= 0 && format <= currentMagic;
}

/** What is wrong with the bytes behind the one batch. The beginning of another is dropped. */
function faultBehind(records: Buffer, at: number): BatchRefusal | undefined {
  const rest = records.length - at;
  if (rest < batchLengthOverhead) return undefined;
  const size = batchSize(records, at);
  const hasMagic = rest >= bytesToMagic;
  if (size < messageBytesMin || (hasMagic && !isMagic(magic(records, at)))) {
    return refuse('CORRUPT_MESSAGE', 'The bytes behind the record batch are none');
  }
  return hasMagic && size <= rest ? refuse('INVALID_RECORD', 'There is more than one record batch') : undefined;
}

function codecOf(batch: Buffer): CompressionType | undefined {
  try {
    return compressionCodec(batch);
  } catch {
    return undefined;
  }
}

function headerFault(batch: Buffer): string | undefined {
  const count = recordCount(batch);
  const delta = lastOffsetDelta(batch);
  if (count <= 0 || delta !== count - 1) return `The batch has ${count} records and a last offset delta of ${delta}`;
  if (isControl(batch)) return 'Only brokers write control batches';
  if (producerId(batch) >= 0 && baseSequence(batch) < 0) return `The sequence ${baseSequence(batch)} is below 0`;
  return undefined;
}

function adapt(batch: Buffer, { config, nowMs }: ValidationOptions): ValidBatch | BatchRefusal {
  const target = targetCodec(config);
  const usesAppendTime = config.messageTimestampType === 'LogAppendTime';
  const logAppendTimeMs = usesAppendTime ? nowMs : -1;
  const isAsAsked = target === undefined || target === compressionCodec(batch);
  const adapted = isAsAsked
    ? batch
    : recompress(batch, target, { level: levelOf(target, config), inflatedBytesMax: inflatedBytesMax(config) });
  if (adapted.length > config.maxMessageBytes) {
    return refuse('MESSAGE_TOO_LARGE', `The batch has ${adapted.length} bytes when it is compressed as the topic asks`);
  }
  if (usesAppendTime || isLogAppendTime(adapted)) {
    setMaxTimestamp(adapted, usesAppendTime ? nowMs : maxTimestamp(adapted), usesAppendTime);
    sealCrc(adapted);
  }
  return { kind: 'valid', batch: adapted, logAppendTimeMs };
}

function targetCodec({ compressionType }: LogConfig): CompressionType | undefined {
  if (compressionType === 'producer') return undefined;
  return compressionType === 'uncompressed' ? 'none' : compressionType;
}

/** What the topic says of the codec; -1 stands for the codec's own default, and the level of lz4 for that of ours. */
function levelOf(
  codec: CompressionType,
  { compressionGzipLevel, compressionZstdLevel }: LogConfig,
): number | undefined {
  if (codec === 'gzip') return compressionGzipLevel < 0 ? undefined : compressionGzipLevel;
  return codec === 'zstd' ? compressionZstdLevel : undefined;
}

function errorOf({ kind }: ProtocolError): ErrorName {
  switch (kind) {
    case 'too-large':
      return 'MESSAGE_TOO_LARGE';
    case 'unsupported':
      return 'UNSUPPORTED_COMPRESSION_TYPE';
    case 'truncated':
    case 'malformed':
    case 'corrupt':
      // The checksum was right: to send the same again would not help.
      return 'INVALID_RECORD';
  }
}
