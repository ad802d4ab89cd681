import { planOf, runPlan, scenarios } from '@nagare/sim';
import { describe, expect, test } from 'vitest';
import { seedsToRun } from './seeds.ts';

/** In parts, so that two workers of a shared machine show how far they are, and one failing seed does not hide others. */
const partSize = 20;

describe.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', (_name, scenario) => {
  const seeds = seedsToRun({ byDefault: 300, scenarios: scenarios.length });
  const parts = Array.from({ length: Math.ceil(seeds.length / partSize) }, (_, part) =>
    seeds.slice(part * partSize, (part + 1) * partSize),
  );

  test.each(parts.map((part) => [part[0], part.at(-1), part] as const))(
    'nothing is wrong, whatever happens: seeds %i to %i',
    { timeout: 300_000 },
    async (_first, _last, part) => {
      const wrong: string[] = [];
      for (const seed of part) {
        const { errors } = await runPlan(planOf(scenario, seed), { scenario });
        if (errors.length > 0) wrong.push(`pnpm sim --scenario ${scenario.name} --seed ${seed}: ${errors[0]?.text}`);
      }
      expect(wrong).toEqual([]);
    },
  );

  test('equal seeds give equal runs', { timeout: 120_000 }, async () => {
    for (const seed of [1, 2]) {
      const [first, second] = [
        await runPlan(planOf(scenario, seed), { scenario }),
        await runPlan(planOf(scenario, seed), { scenario }),
      ];
      expect(second.traceHash).toBe(first.traceHash);
      expect(second.history).toEqual(first.history);
    }
  });
});
