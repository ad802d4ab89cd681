import { expect, test } from 'vitest';
import { seededRandom } from './seeded-random.ts';

test('a seed gives the same numbers on every machine', () => {
  const random = seededRandom(42);
  expect(Array.from({ length: 5 }, () => random.below(1_000))).toMatchInlineSnapshot(`
    [
      316,
      474,
      121,
      218,
      677,
    ]
  `);
  expect(random.bytes(4).toString('hex')).toMatchInlineSnapshot(`"41f4540f"`);
  expect(seededRandom('42').next()).toBe(seededRandom(42).next());
});

test('neighbouring seeds give unlike numbers', () => {
  const firsts = Array.from({ length: 1_000 }, (_, seed) => seededRandom(seed).below(1_000_000));
  expect(new Set(firsts).size).toBeGreaterThan(990);
});

test('numbers spread evenly over their range', () => {
  const random = seededRandom('even');
  const counts = new Array<number>(10).fill(0);
  for (let draw = 0; draw < 10_000; draw++) counts[random.below(10)]! += 1;
  for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
});
