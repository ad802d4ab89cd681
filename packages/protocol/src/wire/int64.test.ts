import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readInt64, writeInt64 } from './int64.ts';

const buffer = Buffer.alloc(9);

test('every integer that a number holds exactly is read back, and is what BigInt says', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      writeInt64(buffer, value, 1);
      expect(buffer.readBigInt64BE(1)).toBe(BigInt(value));
      expect(readInt64(buffer, 1)).toBe(value);
    }),
  );
});

test('other int64s are read as the nearest number', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
      buffer.writeBigInt64BE(value, 1);
      expect(readInt64(buffer, 1)).toBe(Number(value));
    }),
  );
});

test('the ends of the range come back, and what lies beyond becomes them', () => {
  for (const [value, stored] of [
    [2 ** 63, 2n ** 63n - 1n],
    [1e300, 2n ** 63n - 1n],
    [-(2 ** 63), -(2n ** 63n)],
    [-1e300, -(2n ** 63n)],
  ] as const) {
    writeInt64(buffer, value, 1);
    expect(buffer.readBigInt64BE(1)).toBe(stored);
  }
});
