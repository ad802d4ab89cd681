import { seededRandom } from '@nagare/base';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { backOffMs } from './retry.ts';

test('delays double up to the maximum, give or take a fifth', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), fc.nat(), (failures, seed) => {
      const plain = Math.min(100 * 2 ** (failures - 1), 1_000);
      const delayMs = backOffMs(failures, { initialMs: 100, maxMs: 1_000 }, seededRandom(seed));
      expect(delayMs).toBeGreaterThanOrEqual(plain * 0.8);
      expect(delayMs).toBeLessThanOrEqual(plain * 1.2);
    }),
  );
});
