import { plantBug } from '@nagare/broker/testing';
import { describe, expect, test } from 'vitest';
import { runOrdering } from './ordering.ts';
import { seedsToRun } from './seeds.ts';

/** How many seeds may pass before the planted bug is found. */
const seedsToDetection = 50;

describe('idempotent producers over connections that break', () => {
  // In parts, so that two workers of a shared machine show how far they are, and one failing seed does not hide others.
  const seeds = seedsToRun(1_000);
  const parts = Array.from({ length: Math.ceil(seeds.length / 100) }, (_, part) =>
    seeds.slice(part * 100, part * 100 + 100),
  );

  test.each(parts.map((part) => [part[0], part.at(-1), part] as const))(
    'what is read is what was acknowledged, in order, once: seeds %i to %i',
    async (_first, _last, part) => {
      let acknowledged = 0;
      for (const seed of part) {
        const run = await runOrdering(seed);
        expect(run.faults, `NAGARE_SEED=${seed}`).toEqual([]);
        acknowledged += run.acknowledged;
      }
      expect(acknowledged / part.length).toBeGreaterThan(part.length === 1 ? 0 : 100);
    },
  );

  test('equal seeds give equal runs', async () => {
    for (const seed of [3, 4]) {
      expect((await runOrdering(seed)).traceHash).toBe((await runOrdering(seed)).traceHash);
    }
  });

  test('a broker that forgets to deduplicate is found out', async () => {
    const removeBug = plantBug('no-deduplication');
    try {
      let seed = 1;
      while (seed <= seedsToDetection && (await runOrdering(seed)).faults.length === 0) seed += 1;
      expect(seed).toBeLessThanOrEqual(seedsToDetection);
    } finally {
      removeBug();
    }
  });
});
