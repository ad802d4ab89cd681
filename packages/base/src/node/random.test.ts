import { expect, test } from 'vitest';
import { nodeRandom } from './random.ts';

test('numbers keep to their range and differ', () => {
  const floats = Array.from({ length: 200 }, () => nodeRandom.next());
  expect(floats.every((float) => float >= 0 && float < 1)).toBe(true);
  expect(new Set(floats).size).toBe(200);
  expect(new Set(Array.from({ length: 200 }, () => nodeRandom.below(3)))).toEqual(new Set([0, 1, 2]));
  expect(nodeRandom.bytes(16)).toHaveLength(16);
});
