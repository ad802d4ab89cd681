import { expect, test } from 'vitest';
import { nodeRandom } from './random.ts';

test('numbers keep to their range and differ', () => {
  const floats = Array.from({ length: 200 }, () => nodeRandom.next());
  expect(floats.every((float) => float >= 0 && float < 1)).toBe(true);
  expect(new Set(floats).size).toBe(200);
  expect(new Set(Array.from({ length: 200 }, () => nodeRandom.below(3)))).toEqual(new Set([0, 1, 2]));
  expect(nodeRandom.bytes(16)).toHaveLength(16);
});

test('no bytes are given out twice, and who has them may change them', () => {
  const seen = new Set<string>();
  for (let count = 0; count < 2_000; count += 1) {
    const bytes = nodeRandom.bytes(16);
    seen.add(bytes.toString('hex'));
    bytes.fill(0);
  }
  expect(seen.size).toBe(2_000);
  expect(nodeRandom.bytes(100)).toHaveLength(100);
});
