import { expect, test } from 'vitest';
import { plantedBugs, scenarioOfBug, seedThatFinds } from './planted-bugs.ts';

const seedsMax = 2_000;

test.each(plantedBugs)('a broker with this bug is found out: %s', async (bug) => {
  const found = await seedThatFinds(bug, seedsMax);
  expect(found, `${bug} in ${seedsMax} seeds of ${scenarioOfBug[bug]}`).toBeDefined();
  console.log(`${bug}: seed ${found?.seed} of ${scenarioOfBug[bug]}, ${found?.result.errors[0]?.name}`);
});
