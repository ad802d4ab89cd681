import { Zstd } from '@hpcc-js/wasm-zstd';
import { decompress as unzstd } from 'fzstd';
import kafkajs from 'kafkajs';
import snappy from 'kafkajs-snappy';
import { compressFrameSync, decompressFrameSync } from 'lz4-napi';

// A CommonJS package whose names Node does not see.
const { CompressionCodecs, CompressionTypes } = kafkajs;

/** Gives kafkajs the codecs that it leaves to plug-ins. Its own plug-ins for lz4 and zstd need a compiler to install. */
export async function registerKafkajsCodecs(): Promise<void> {
  const zstd = await Zstd.load();
  CompressionCodecs[CompressionTypes.Snappy] = snappy;
  CompressionCodecs[CompressionTypes.LZ4] = codec(compressFrameSync, decompressFrameSync);
  CompressionCodecs[CompressionTypes.ZSTD] = codec((data) => zstd.compress(data), unzstd);
}

/** What kafkajs asks of a codec; its types have no name for it. */
interface KafkajsCodec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(buffer: Buffer): Promise<Buffer>;
}

function codec(compress: (data: Buffer) => Uint8Array, decompress: (data: Buffer) => Uint8Array): () => KafkajsCodec {
  return () => ({
    compress: async (encoder) => Buffer.from(compress(encoder.buffer)),
    decompress: async (buffer) => Buffer.from(decompress(buffer)),
  });
}
