import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Crc32c, crc32c, createCrc32c, createTableCrc32c, type NativeCrc32c } from './crc32c.ts';
import { loadOptional } from './optional-module.ts';

const native = loadOptional<NativeCrc32c>('@node-rs/crc32', import.meta.url);
const table = createTableCrc32c();

const ascending = Buffer.from(Array.from({ length: 32 }, (_, index) => index));

// The first is the catalogue's check value, the others are of RFC 3720, B.4.
const vectors: readonly (readonly [string, Buffer, number])[] = [
  ['the digits', Buffer.from('123456789'), 0xe3069283],
  ['nothing', Buffer.alloc(0), 0],
  ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
  ['32 ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
  ['32 ascending bytes', ascending, 0x46dd794e],
  ['32 descending bytes', Buffer.from(ascending).reverse(), 0x113fdb5c],
];

const ways: readonly (readonly [string, Crc32c])[] = [
  ['as it loads', crc32c],
  ['without the native package', createCrc32c(() => undefined)],
];

describe.each(ways)('CRC-32C %s', (_, sum) => {
  test.each(vectors)('of %s is as published', (_name, bytes, expected) => {
    expect(sum(bytes)).toBe(expected);
  });

  test('can be taken of a part, and in pieces', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(400), fc.nat(400), (array, a, b) => {
        const bytes = Buffer.from(array);
        const start = Math.min(a, b, bytes.length);
        const middle = Math.min(Math.max(a, b), bytes.length);
        const whole = sum(bytes, start);
        expect(sum(Buffer.from(bytes.subarray(start)))).toBe(whole);
        expect(sum(bytes, middle, bytes.length, sum(bytes, start, middle))).toBe(whole);
      }),
    );
  });
});

test.skipIf(native === undefined)('the native package and the table give the same sums', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1000 }), fc.nat(0xffffffff), (array, seed) => {
      const bytes = Buffer.from(array);
      expect(native?.crc32c(bytes, seed)).toBe(table(bytes, 0, bytes.length, seed));
    }),
  );
});

test('long inputs go to the native package, short ones do not', () => {
  const seen: number[] = [];
  const sum = createCrc32c(() => ({
    crc32c(input) {
      seen.push(input.length);
      return 7;
    },
  }));
  expect(sum(Buffer.alloc(4096), 96)).toBe(7);
  expect(sum(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(seen).toEqual([4000]);
});
