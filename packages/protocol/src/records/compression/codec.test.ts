import { loadOptional } from '@nagare/base';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { ProtocolError } from '../../protocol-error.ts';
import type { CompressionCodec } from './codec.ts';
import { gzipCodec } from './gzip.ts';
import { createLz4Codec, lz4Codec, type NativeLz4 } from './lz4.ts';
import { noneCodec } from './none.ts';
import { noise, payload, recordsLike } from './payload.fixture.ts';
import {
  compress,
  compressionId,
  compressionTypeOf,
  compressionTypes,
  decompress,
  prepareCompression,
} from './registry.ts';
import { createSnappyCodec, type NativeSnappy, snappyCodec } from './snappy.ts';
import { zstdCodec } from './zstd.ts';

beforeAll(() => prepareCompression(compressionTypes));

const bytesMax = 1_000_000;
const codecs: readonly (readonly [string, CompressionCodec])[] = [
  ['gzip', gzipCodec],
  ['snappy', snappyCodec],
  ['snappy without native code', createSnappyCodec(() => undefined)],
  ['lz4', lz4Codec],
  ['lz4 without native code', createLz4Codec(() => undefined)],
  ['zstd', zstdCodec],
];

describe.each(codecs)('%s', (name, codec) => {
  test('gives back what was compressed, whatever it is', () => {
    fc.assert(
      fc.property(payload, (input) => {
        expect(codec.decompress(codec.compress(input), bytesMax).equals(input)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['records', recordsLike],
    ['noise', noise],
    ['zeros', Buffer.alloc(500_000)],
  ])('gives back %s in bounds that are met exactly', (_name, input) => {
    const packed = codec.compress(input);
    expect(codec.decompress(packed, input.length).equals(input)).toBe(true);
    expect(packed.length).toBeLessThanOrEqual(input.length * 1.01 + 64);
    if (input.length === 0) return;
    expect(() => codec.decompress(packed, input.length - 1)).toThrow(expect.objectContaining({ kind: 'too-large' }));
  });

  test('compresses records to less than half', () => {
    expect(codec.compress(recordsLike).length).toBeLessThan(recordsLike.length / 2);
  });

  test('refuses bytes that end early, wherever that is', () => {
    const packed = codec.compress(recordsLike.subarray(0, 600));
    for (let length = 0; length < packed.length; length += 1) {
      // Xerial's framing has no end mark: its header alone is a whole stream of nothing.
      if (name.startsWith('snappy') && length === 16) continue;
      expect(() => codec.decompress(packed.subarray(0, length), bytesMax)).toThrow(ProtocolError);
    }
  });

  test('throws nothing but its own error when bytes are changed', () => {
    const packed = codec.compress(recordsLike.subarray(0, 3000));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(packed.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const changed = Buffer.from(packed);
          for (const [at, byte] of changes) changed[at] = byte;
          try {
            expect(codec.decompress(changed, bytesMax).length).toBeLessThanOrEqual(bytesMax);
          } catch (error) {
            expect(error).toBeInstanceOf(ProtocolError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test('inflates no further than it may', () => {
    const bomb = codec.compress(Buffer.alloc(50_000_000));
    const before = process.memoryUsage().arrayBuffers;
    expect(() => codec.decompress(bomb, 100_000)).toThrow(expect.objectContaining({ kind: 'too-large' }));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5_000_000);
  });
});

test('a level of compression is passed on', () => {
  expect(compress('gzip', recordsLike, 9).length).toBeLessThan(compress('gzip', recordsLike, 1).length);
  expect(compress('zstd', recordsLike, 19).length).toBeLessThan(compress('zstd', recordsLike, 1).length);
});

test('no compression copies nothing, and is bounded all the same', () => {
  expect(noneCodec.compress(recordsLike)).toBe(recordsLike);
  expect(decompress('none', recordsLike, recordsLike.length)).toBe(recordsLike);
  expect(() => decompress('none', recordsLike, 10)).toThrow(expect.objectContaining({ kind: 'too-large' }));
});

test('ids are those of the protocol', () => {
  expect(compressionTypes.map(compressionId)).toEqual([0, 1, 2, 3, 4]);
  expect([0, 1, 2, 3, 4, 5].map(compressionTypeOf)).toEqual([...compressionTypes, undefined]);
});

const nativeSnappy = loadOptional<NativeSnappy & { uncompressSync(input: Buffer): Buffer }>('snappy', import.meta.url);
const nativeLz4 = loadOptional<NativeLz4>('lz4-napi', import.meta.url);

test.skipIf(nativeLz4 === undefined)('lz4 with and without native code read each other', () => {
  const ours = createLz4Codec(() => undefined);
  fc.assert(
    fc.property(payload, (input) => {
      expect(nativeLz4?.decompressFrameSync(ours.compress(input)).equals(input)).toBe(true);
      expect(ours.decompress(nativeLz4?.compressFrameSync(input) ?? input, bytesMax).equals(input)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test.skipIf(nativeSnappy === undefined)('snappy with and without native code read each other', () => {
  const ours = createSnappyCodec(() => undefined);
  fc.assert(
    fc.property(payload, (input) => {
      const raw = nativeSnappy?.compressSync(input) ?? input;
      expect(ours.decompress(raw, bytesMax).equals(input)).toBe(true);
      const block = input.subarray(0, 32_768);
      // One block: the framing has 16 bytes, and four for the block's length.
      if (block.length > 0)
        expect(nativeSnappy?.uncompressSync(ours.compress(block).subarray(20)).equals(block)).toBe(true);
    }),
    { numRuns: 60 },
  );
});
