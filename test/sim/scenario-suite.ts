import { planOf, runPlan, scenarioNamed, scenarios } from '@nagare/sim';
import { describe, expect, test } from 'vitest';
import { seedsToRun } from './seeds.ts';

/** In parts, so that a run shows how far it is, and one failing seed does not hide others. */
const partSize = 20;

/**
 * Runs the seeds of a scenario. Each scenario has a file of its own, so that workers share them.
 *
 * @param share - Which part of the seeds of others it runs: less than 1 where each takes much longer. Default: 1.
 */
export function scenarioSuite(name: string, { share = 1 }: { readonly share?: number } = {}): void {
  const scenario = scenarioNamed(name);

  describe(name, () => {
    const all = seedsToRun({ byDefault: 300, scenarios: scenarios.length });
    const seeds = all.slice(0, Math.ceil(all.length * share));
    const parts = Array.from({ length: Math.ceil(seeds.length / partSize) }, (_, part) =>
      seeds.slice(part * partSize, (part + 1) * partSize),
    );

    test.each(parts.map((part) => [part[0], part.at(-1), part] as const))(
      'nothing is wrong, whatever happens: seeds %i to %i',
      { timeout: 900_000 },
      async (_first, _last, part) => {
        const wrong: string[] = [];
        for (const seed of part) {
          const { errors } = await runPlan(planOf(scenario, seed), { scenario });
          if (errors.length > 0) wrong.push(`pnpm sim --scenario ${name} --seed ${seed}: ${errors[0]?.text}`);
        }
        expect(wrong).toEqual([]);
      },
    );

    test('equal seeds give equal runs', { timeout: 900_000 }, async () => {
      for (const seed of seeds.slice(0, Math.max(1, seeds.length / 100))) {
        const plan = planOf(scenario, seed);
        const [first, second] = [await runPlan(plan, { scenario }), await runPlan(plan, { scenario })];
        expect(second.traceHash).toBe(first.traceHash);
        expect(second.history).toEqual(first.history);
      }
    });
  });
}
