import type { CompressionCodec } from './codec.ts';
import { gzipCodec } from './gzip.ts';
import { lz4Codec } from './lz4.ts';
import { noneCodec } from './none.ts';
import { snappyCodec } from './snappy.ts';
import { zstdCodec } from './zstd.ts';

/** How the records of a batch may be compressed, in the order of their ids in its attributes. */
export const compressionTypes = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

export type CompressionType = (typeof compressionTypes)[number];

const codecs: Readonly<Record<CompressionType, CompressionCodec>> = {
  none: noneCodec,
  gzip: gzipCodec,
  snappy: snappyCodec,
  lz4: lz4Codec,
  zstd: zstdCodec,
};

/** The id of a type in the attributes of a batch. */
export function compressionId(type: CompressionType): number {
  return compressionTypes.indexOf(type);
}

/** The type that an id stands for; undefined for one that Kafka does not have. */
export function compressionTypeOf(id: number): CompressionType | undefined {
  return compressionTypes[id];
}

/**
 * Compresses the records of a batch.
 *
 * @param level - On the codec's own scale: gzip 1 to 9, zstd -131072 to 22. The others have none.
 * @throws {ProtocolError} `unsupported` for zstd before {@link prepareCompression}, where Node has no zstd of its own.
 */
export function compress(type: CompressionType, input: Buffer, level?: number): Buffer {
  return codecs[type].compress(input, level);
}

/**
 * Inflates the records of a batch.
 *
 * @param bytesMax - The most bytes that may come out; nothing beyond it is inflated.
 * @throws {ProtocolError} `too-large` beyond `bytesMax`, `corrupt` for bytes that are not of this type.
 */
export function decompress(type: CompressionType, input: Buffer, bytesMax: number): Buffer {
  return codecs[type].decompress(input, bytesMax);
}

/** Resolves when {@link compress} can be called with these types. Only zstd before Node 22.15 has anything to load. */
export function prepareCompression(types: readonly CompressionType[]): Promise<void> {
  return types.includes('zstd') ? zstdCodec.prepare() : Promise.resolve();
}
