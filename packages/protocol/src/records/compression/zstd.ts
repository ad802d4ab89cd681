import * as zlib from 'node:zlib';
import { ProtocolError } from '../../protocol-error.ts';
import { type CompressionCodec, corrupt, tooLarge } from './codec.ts';
import { decompressZstd } from './zstd/decompress.ts';

/** What `node:zlib` has for zstd from Node 22.15 on. */
export interface NodeZstd {
  zstdCompressSync(input: Buffer, options?: { params?: Record<number, number> }): Buffer;
  zstdDecompressSync(input: Buffer, options?: { maxOutputLength?: number }): Buffer;
}

/** A compressor that had to be loaded first. */
export interface LoadedZstd {
  compress(input: Uint8Array, level?: number): Uint8Array;
}

const defaultLevel = 3;
/** `ZSTD_c_compressionLevel`, which the types of Node 20 do not have. */
const levelParameter = 100;
const frameMagic = 0xfd2fb528;

export function nodeZstd(module: object = zlib): NodeZstd | undefined {
  return 'zstdCompressSync' in module && 'zstdDecompressSync' in module ? (module as NodeZstd) : undefined;
}

function createNodeCodec(node: NodeZstd): CompressionCodec {
  return {
    compress: (input, level = defaultLevel) => node.zstdCompressSync(input, { params: { [levelParameter]: level } }),
    decompress(input, bytesMax) {
      try {
        return node.zstdDecompressSync(input, { maxOutputLength: Math.max(bytesMax, 1) });
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge('zstd', bytesMax);
        throw corrupt('zstd', (cause as Error).message, cause);
      }
    },
  };
}

/** Zstd with a way to load its compressor, where Node has none: WebAssembly can only be instantiated asynchronously. */
export interface ZstdCodec extends CompressionCodec {
  /** Resolves when {@link CompressionCodec.compress} can be called. Decompression needs no preparation. */
  prepare(): Promise<void>;
}

export function createZstdCodec(node: NodeZstd | undefined, load: () => Promise<LoadedZstd>): ZstdCodec {
  if (node !== undefined) return { ...createNodeCodec(node), prepare: () => Promise.resolve() };
  let loaded: LoadedZstd | undefined;
  return {
    compress(input, level = defaultLevel) {
      if (loaded === undefined) {
        throw new ProtocolError(
          'unsupported',
          'Before Node 22.15, call prepareCompression before compressing with zstd',
        );
      }
      const output = Buffer.from(loaded.compress(input, level));
      const isFrame = output.length > 4 && output.readUInt32LE(0) === frameMagic;
      if (!isFrame) throw new ProtocolError('unsupported', `The zstd compressor failed at level ${level}`);
      return output;
    },
    decompress: decompressZstd,
    prepare: () =>
      load().then((zstd) => {
        loaded = zstd;
      }),
  };
}

export const zstdCodec = createZstdCodec(nodeZstd(), () =>
  import('@hpcc-js/wasm-zstd').then(({ Zstd }) => Zstd.load()),
);
