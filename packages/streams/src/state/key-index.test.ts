import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyIndex } from './key-index.ts';

test('KeyIndex keeps its keys in order through any additions and removals', () => {
  const change = fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 3_000 }));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 3_000, size: 'max' }), fc.nat(3_000), fc.nat(3_000), (changes, a, b) => {
      const index = new KeyIndex();
      const model = new Set<string>();
      for (const [isAdded, number] of changes) {
        const key = String(number).padStart(4, '0');
        if (isAdded) {
          index.add(key);
          model.add(key);
        } else {
          index.remove(key);
          model.delete(key);
        }
      }
      const [from, to] = [a, b].sort((x, y) => x - y).map((each) => String(each).padStart(4, '0')) as [string, string];
      const sorted = [...model].sort();
      expect(index.between(undefined, undefined)).toEqual(sorted);
      expect(index.between(from, to)).toEqual(sorted.filter((key) => key >= from && key <= to));
    }),
    { numRuns: 20 },
  );
});
