import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Plan, runPlan, scenarioNamed, scenarios } from '@nagare/sim';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../tools/paths.ts';

const folder = join(repositoryRoot, 'test/sim/seeds');
const names = readdirSync(folder).filter((name) => name.endsWith('.json'));

test('every file of seeds/ is a plan of a scenario that there is', () => {
  for (const name of names) expect(() => scenarioNamed(planIn(name).scenario)).not.toThrow();
});

test('every scenario has a file that runs its seeds', () => {
  const files = readdirSync(join(repositoryRoot, 'test/sim'));
  expect(files).toEqual(expect.arrayContaining(scenarios.map(({ name }) => `${name}.sim.test.ts`)));
});

test.each(names)('what once went wrong does not any more: %s', { timeout: 120_000 }, async (name) => {
  const plan = planIn(name);
  const { errors } = await runPlan(plan, { scenario: scenarioNamed(plan.scenario) });
  expect(errors).toEqual([]);
});

function planIn(name: string): Plan {
  return JSON.parse(readFileSync(join(folder, name), 'utf8')) as Plan;
}
