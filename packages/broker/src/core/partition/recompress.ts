import {
  BatchBuilder,
  baseSequence,
  type CompressionType,
  isTransactional,
  producerEpoch,
  producerId,
  RecordReader,
} from '@nagare/protocol';

export interface RecompressOptions {
  /** On the codec's own scale; undefined for the codec's own choice. */
  readonly level: number | undefined;
  /** The most bytes that the records may come to. */
  readonly inflatedBytesMax: number;
}

/** The same records by the same producer, compressed another way. */
export function recompress(
  batch: Buffer,
  compression: CompressionType,
  { level, inflatedBytesMax }: RecompressOptions,
): Buffer {
  const builder = new BatchBuilder({
    compression,
    level,
    producerId: producerId(batch),
    producerEpoch: producerEpoch(batch),
    baseSequence: baseSequence(batch),
    isTransactional: isTransactional(batch),
    bytesMax: Number.POSITIVE_INFINITY,
  });
  const reader = new RecordReader(batch, { decompressBytesMax: inflatedBytesMax });
  while (reader.next()) {
    const { timestamp } = reader;
    builder.append({ timestamp, key: reader.key(), value: reader.value(), headers: reader.headers() });
  }
  return builder.build();
}
