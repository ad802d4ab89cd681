import { expect, test } from 'vitest';
import { scenarioNamed } from '../scenarios/registry.ts';
import type { Plan } from './plan.ts';
import { planOf } from './plan-of.ts';
import { shrink, sizeOf } from './shrink.ts';

const scenario = scenarioNamed('produce-consume');
const kindsOf = (plan: Plan) => plan.faults.map(({ kind }) => kind);

test('a plan shrinks to what it fails for', async () => {
  const plan = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => planOf(scenario, seed)).find(({ faults }) => faults.length > 3)!;
  const [kind] = kindsOf(plan);
  const needsKindAndStep = async (tried: Plan) => {
    const sends = tried.clients.flatMap(({ steps }) => steps.filter((step) => step.do === 'send'));
    return kindsOf(tried).includes(kind!) && sends.length >= 2;
  };
  const small = await shrink(plan, needsKindAndStep, 1_000);
  expect(kindsOf(small)).toEqual([kind]);
  expect(small.clients.flatMap(({ steps }) => steps)).toHaveLength(2);
  expect(small.finale).toBe('none');
  expect(sizeOf(small)).toBeLessThan(sizeOf(plan));
});

test('a plan that fails whatever is in it shrinks to nothing, and one that needs all stays', async () => {
  const plan = planOf(scenario, 3);
  expect(sizeOf(await shrink(plan, async () => true, 1_000))).toBe(0);
  expect(await shrink(plan, async () => false, 1_000)).toEqual(plan);
});

test('shrinking ends when its runs are used up', async () => {
  let runs = 0;
  await shrink(
    planOf(scenario, 3),
    async () => {
      runs += 1;
      return false;
    },
    10,
  );
  expect(runs).toBe(10);
});
