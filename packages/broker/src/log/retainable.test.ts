import { expect, test } from 'vitest';
import { retainable } from './retainable.ts';

const kibibyte = 1024;

test('small batches stand side by side, whatever they came in', () => {
  const kept = Array.from({ length: 1_000 }, (_, index) => {
    const chunk = Buffer.alloc(index % 2 === 0 ? 250 : 64 * kibibyte, index);
    return retainable(chunk.subarray(0, 250));
  });
  expect(kept.every((batch, index) => batch.equals(Buffer.alloc(250, index)))).toBe(true);
  const memory = [...new Set(kept.map(({ buffer }) => buffer))];
  const held = memory.reduce((sum, { byteLength }) => sum + byteLength, 0);
  expect(held).toBeLessThan(1.2 * 250 * 1_000);
});

test('a larger one is copied out of something much larger only, and a large one never', () => {
  const medium = Buffer.alloc(4 * kibibyte, 1);
  expect(retainable(medium)).toBe(medium);
  const part = Buffer.alloc(64 * kibibyte, 2).subarray(0, 4 * kibibyte);
  expect(retainable(part)).not.toBe(part);
  expect(retainable(part).equals(part)).toBe(true);
  const large = Buffer.alloc(64 * kibibyte).subarray(0, 9 * kibibyte);
  expect(retainable(large)).toBe(large);
});
