import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toText } from './byte-store.ts';
import {
  packedValue,
  packTimestamped,
  timestampedText,
  timestampIn,
  timestampOf,
  valueBytesIn,
} from './timestamped.ts';

const value = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));

test('a value with its time is the same as bytes and as a text', () => {
  fc.assert(
    fc.property(value, fc.maxSafeInteger(), (bytes, timestamp) => {
      const packed = packTimestamped(bytes, timestamp);
      const text = timestampedText(bytes, timestamp);
      expect(text).toBe(toText(packed));
      expect([timestampOf(packed), timestampIn(text)]).toEqual([timestamp, timestamp]);
      expect([packedValue(packed), valueBytesIn(text)]).toEqual([bytes, bytes]);
    }),
  );
});
