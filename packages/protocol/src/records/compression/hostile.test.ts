import { beforeAll, describe, expect, test } from 'vitest';
import { createLz4Codec, lz4Codec } from './lz4.ts';
import { recordsLike } from './payload.fixture.ts';
import { createSnappyCodec, snappyCodec } from './snappy.ts';
import { decompressZstd } from './zstd/decompress.ts';
import { createZstdCodec, type NodeZstd, nodeZstd, zstdCodec } from './zstd.ts';

beforeAll(() => zstdCodec.prepare());

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const xerial = '82534e4150505900 00000001 00000001';
const oneMebibyte = 1 << 20;

describe('hostile snappy', () => {
  test.each([
    ['a raw length of 4 GiB', 'ffffffff0f 00', '1 bytes cannot become 4294967295'],
    ['a length without an end', 'ffffffffffff', 'the length of a block is broken off or too long'],
    ['no elements for its length', '0a', '0 bytes cannot become 10'],
    ['a literal that goes on after its input', '05 3c 61', 'a literal is too long'],
    ['a literal of a negative length, were it an int32', '05 fc faffffff 61 61 61 61', 'a literal is too long'],
    ['a literal longer than its block', '02 08 616161', 'a literal is too long'],
    ['a copy from before the block', '08 00 61 0506', 'a copy starts before its block'],
    ['a copy with offset 0', '08 00 61 1500', 'a copy starts before its block'],
    ['a copy longer than its block', '04 00 61 fe0100', 'a copy is too long'],
    ['a copy that is broken off', '08 00 61 fe01', 'a copy is broken off'],
    ['a xerial block longer than its input', `${xerial} 7fffffff 0100`, 'a block is broken off'],
    ['a xerial block of negative length', `${xerial} fffffffe 0100`, 'a block is broken off'],
    ['a xerial length that is broken off', `${xerial} 000000`, 'the length of a block is broken off'],
    ['a xerial block of length 0', `${xerial} 00000000`, 'the length of a block is broken off or too long'],
  ])('%s is refused', (_, bytes, message) => {
    const inflate = () => snappyCodec.decompress(hex(bytes), oneMebibyte);
    expect(inflate).toThrow(expect.objectContaining({ kind: 'corrupt' }));
    expect(inflate).toThrow(message);
  });

  test('a block that says more than is allowed is refused before it is looked at', () => {
    const many = Buffer.concat([hex('ffffff7f'), Buffer.alloc(5_000_000)]);
    expect(() => snappyCodec.decompress(many, oneMebibyte)).toThrow(expect.objectContaining({ kind: 'too-large' }));
  });

  test('streams that were joined, header and all, are one', () => {
    const half = snappyCodec.compress(recordsLike);
    const whole = snappyCodec.decompress(Buffer.concat([half, half]), oneMebibyte);
    expect(whole.equals(Buffer.concat([recordsLike, recordsLike]))).toBe(true);
  });
});

describe.each([
  ['lz4', lz4Codec],
  ['lz4 without native code', createLz4Codec(() => undefined)],
])('hostile %s', (_, codec) => {
  const header = '04224d18 6040 82';
  test.each([
    ['another magic number', '04224d19 6040 82 00000000', 'the magic number is missing'],
    ['another version', '04224d18 a040 82 00000000', 'version 2 is unknown'],
    ['an unknown block size', '04224d18 6010 82 00000000', 'block size 1 is unknown'],
    ['a block that is longer than its frame allows', `${header} 01000100 00`, 'a block of 65537 bytes is too long'],
    ['literals that go on after their block', `${header} 02000000 f0ff 00000000`, 'a length is broken off'],
    [
      'a match from before its block',
      `${header} 05000000 10 61 0200 00 00000000`,
      /a match starts before its block|Offset/,
    ],
    ['a match with offset 0', `${header} 05000000 10 61 0000 00 00000000`, /a match starts before its block|Offset/],
    ['no end mark', `${header} 02000080 6161`, 'the end mark is missing'],
  ])('%s is refused', (_name, bytes, message) => {
    const inflate = () => codec.decompress(hex(bytes), oneMebibyte);
    expect(inflate).toThrow(expect.objectContaining({ kind: 'corrupt' }));
    expect(inflate).toThrow(message);
  });

  test('what follows the frame is not looked at', () => {
    const packed = Buffer.concat([codec.compress(recordsLike), Buffer.from('more')]);
    expect(codec.decompress(packed, oneMebibyte).equals(recordsLike)).toBe(true);
  });
});

describe('lz4 of other writers', () => {
  const ours = createLz4Codec(() => undefined);

  test('with sums and sizes, as its command line tool writes, is read', () => {
    const frame = hex(
      '04224d18 7c40 2800000000000000 4d 12000000 8f6162636465666768080008506465666768 440e63ff 00000000 e39bcc43',
    );
    expect(ours.decompress(frame, 40).toString()).toBe('abcdefgh'.repeat(5));
    for (let length = 0; length < frame.length; length += 1) {
      expect(() => ours.decompress(frame.subarray(0, length), 40)).toThrow(
        expect.objectContaining({ kind: 'corrupt' }),
      );
    }
  });

  test('with blocks that refer to each other is read, if it says so', () => {
    const linked = hex('04224d18 4040 00 08000080 6162636465666768 09000000 03 0800 50 6465666768 00000000');
    expect(ours.decompress(linked, oneMebibyte).toString()).toBe('abcdefghabcdefgdefgh');
    linked[4] = 0x60;
    expect(() => ours.decompress(linked, oneMebibyte)).toThrow('before its block');
  });
});

describe('hostile zstd', () => {
  const header = '28b52ffd';
  test.each([
    ['nothing', '', 'there are no bytes'],
    ['another magic number', '28b52ffc 2001 080000 61', 'the magic number is missing'],
    ['a content size that is not met', `${header} 2003 090000 61`, '1 bytes came out, not 3'],
    ['a reserved bit', `${header} 2801 090000 61`, 'a reserved bit is set'],
    ['a dictionary', `${header} 210701 090000 61`, 'it needs a dictionary'],
    ['a block of an unknown type', `${header} 0000 0f0000 61`, 'the type of a block is unknown'],
    ['a block longer than its window', `${header} 0000 0b2000 61`, 'a block of 1025 bytes is too long'],
    ['a compressed block that is empty', `${header} 0000 050000`, 'a block is empty'],
    [
      'literals without a code to use again',
      `${header} 0000 2d0000 1301 00 00 00`,
      'there is no Huffman code to use again',
    ],
    ['a bit stream that ends too soon', `${header} 0000 450000 00 01 00 ffffffff0f`, 'sequences are broken off'],
    [
      'sequences without literals that they need',
      `${header} 0000 3d0000 00 01 54 010000 01`,
      'a sequence has more literals than its block',
    ],
    ['a match from before its frame', `${header} 0000 3d0000 00 01 54 000000 01`, 'a match starts before its frame'],
    ['a skippable frame that is broken off', '502a4d18 ffffffff 00', 'a skippable frame is broken off'],
  ])('%s is refused', (_, bytes, message) => {
    const inflate = () => decompressZstd(hex(bytes), oneMebibyte);
    expect(inflate).toThrow(expect.objectContaining({ kind: 'corrupt' }));
    expect(inflate).toThrow(message);
  });

  test('a content size of exabytes and blocks of one repeated byte are refused before they are made', () => {
    const exabytes = hex(`${header} e0 ffffffffffffff0f 030000 61`);
    expect(() => decompressZstd(exabytes, oneMebibyte)).toThrow(expect.objectContaining({ kind: 'too-large' }));
    const repeated = Buffer.concat([hex(`${header} 0058`), ...Array<Buffer>(1000).fill(hex('02001061'))]);
    expect(() => decompressZstd(repeated, oneMebibyte)).toThrow(expect.objectContaining({ kind: 'too-large' }));
  });

  test('a window of gigabytes costs nothing', () => {
    expect(decompressZstd(hex(`${header} 00f8 090000 61`), oneMebibyte).toString()).toBe('a');
  });

  test('a Huffman description whose states take no bits does not go on for ever', () => {
    // All 32 states belong to weight 0, so that each leads to itself.
    const description = '04 f003 0004';
    const bytes = hex(`${header} 0000 550000 128001 ${description} 01 00`);
    expect(() => decompressZstd(bytes, oneMebibyte)).toThrow('a Huffman code has too many symbols');
  });

  test('frames that follow each other are one, and skippable ones are skipped', () => {
    const packed = zstdCodec.compress(recordsLike);
    const joined = Buffer.concat([packed, hex('502a4d18 02000000 0102'), packed]);
    const whole = zstdCodec.decompress(joined, oneMebibyte);
    expect(whole.equals(Buffer.concat([recordsLike, recordsLike]))).toBe(true);
  });

  test.each([-5, 1, 3, 9, 19, 22])('what level %i packs is read', (level) => {
    const packed = zstdCodec.compress(recordsLike, level);
    expect(decompressZstd(packed, recordsLike.length).equals(recordsLike)).toBe(true);
  });
});

describe('zstd of Node itself', () => {
  const fail = (code: string) => () => {
    throw Object.assign(new Error(code), { code });
  };

  test('is taken where there is one', () => {
    const seen: unknown[] = [];
    const node: NodeZstd = {
      zstdCompressSync: (input, options) => {
        seen.push(options);
        return input;
      },
      zstdDecompressSync: (input, options) => {
        seen.push(options);
        return input;
      },
    };
    const codec = createZstdCodec(nodeZstd(node), fail('never'));
    expect(codec.decompress(codec.compress(recordsLike, 7), 99)).toBe(recordsLike);
    expect(seen).toEqual([{ params: { 100: 7 } }, { maxOutputLength: 99 }]);
    expect(nodeZstd({})).toBeUndefined();
  });

  test.each([
    ['ERR_BUFFER_TOO_LARGE', 'too-large'],
    ['ZSTD_error_prefix_unknown', 'corrupt'],
  ])('its %s becomes %s', (code, kind) => {
    const codec = createZstdCodec({ zstdCompressSync: fail(code), zstdDecompressSync: fail(code) }, fail('never'));
    expect(() => codec.decompress(recordsLike, 99)).toThrow(expect.objectContaining({ kind }));
  });
});

test('zstd that is not loaded yet says how to load it', () => {
  const codec = createZstdCodec(undefined, () => new Promise(() => {}));
  expect(() => codec.compress(recordsLike)).toThrow('call prepareCompression');
});

test('a zstd compressor that fails is not believed', async () => {
  const codec = createZstdCodec(undefined, () => Promise.resolve({ compress: () => new Uint8Array(8) }));
  await codec.prepare();
  expect(() => codec.compress(recordsLike)).toThrow(expect.objectContaining({ kind: 'unsupported' }));
});

test('snappy falls back where the native package cannot be loaded', () => {
  const native = { compressSync: () => hex('0000') };
  const input = Buffer.from('snappy');
  expect(
    createSnappyCodec(() => native)
      .compress(input)
      .subarray(20),
  ).toEqual(hex('0000'));
  expect(
    createSnappyCodec(() => undefined)
      .compress(input)
      .subarray(20),
  ).toEqual(hex('06 14 736e61707079'));
});
