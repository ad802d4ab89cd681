import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shortText } from './short-text.ts';

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));

test('a short text is what the decoder of Node gives, and none is given where a byte is too large', () => {
  fc.assert(
    fc.property(bytes, fc.constantFrom(0x7f, 0xff), (all, byteMax) => {
      const text = shortText(all, byteMax);
      if (all.length > 20 || all.some((byte) => byte > byteMax)) expect(text).toBeUndefined();
      else expect(text).toBe(all.toString('latin1'));
    }),
  );
});

test('texts that are made after one another do not share their characters', () => {
  const first = shortText(Buffer.from('abc'), 0x7f);
  expect(shortText(Buffer.from('xyz'), 0x7f)).toBe('xyz');
  expect(first).toBe('abc');
});
