import {
  BatchBuilder,
  baseSequence,
  type CompressionType,
  isTransactional,
  producerEpoch,
  producerId,
  RecordReader,
} from '@nagare/protocol';

/**
 * The same records by the same producer, compressed another way.
 *
 * @param level - On the codec's own scale. Default: the codec's.
 */
export function recompress(batch: Buffer, compression: CompressionType, level?: number): Buffer {
  const builder = new BatchBuilder({
    compression,
    level,
    producerId: producerId(batch),
    producerEpoch: producerEpoch(batch),
    baseSequence: baseSequence(batch),
    isTransactional: isTransactional(batch),
    bytesMax: Number.POSITIVE_INFINITY,
  });
  const reader = new RecordReader(batch);
  while (reader.next()) {
    const { timestamp } = reader;
    builder.append({ timestamp, key: reader.key(), value: reader.value(), headers: reader.headers() });
  }
  return builder.build();
}
