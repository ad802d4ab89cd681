import { expect, test } from 'vitest';
import type { Scenario } from '../scenarios/scenario.ts';
import type { ClientBody } from '../world/client-node.ts';
import type { Plan } from './plan.ts';
import { runPlan } from './run-plan.ts';

const plan: Plan = {
  scenario: 'test',
  seed: 1,
  setup: {},
  clients: [{ name: 'client', role: 'client', options: {}, steps: [{ do: 'wait' }, { do: 'wait' }] }],
  faults: [],
  faultsEndMs: 2_000,
  finale: 'none',
};

function scenarioOf(body: ClientBody): Scenario {
  return {
    name: 'test',
    draw: () => ({ setup: {}, clients: [], faultsEndMs: 0 }),
    brokerOf: () => ({ directory: '/data', durability: 'fsync' }),
    setUp: async () => {},
    bodyOf: () => body,
    check: async () => [],
  };
}

/** Takes its steps with a pause before each, and says who took which. */
function stepping(taken: string[], pauseMs = 100): ClientBody {
  return async (run) => {
    for (let step = run.next(); step !== undefined; step = run.next()) {
      await run.sleep(pauseMs);
      taken.push(run.platform.name);
    }
  };
}

test('a run without faults ends well, and twice in the same way', async () => {
  const run = () => runPlan(plan, { scenario: scenarioOf(stepping([])) });
  const [first, second] = [await run(), await run()];
  expect(first.errors).toEqual([]);
  expect(second.traceHash).toBe(first.traceHash);
});

test('a client that fails is a broken invariant, and one that never ends is not live', async () => {
  const failing = scenarioOf(async () => {
    throw new RangeError('of the client');
  });
  const { errors } = await runPlan(plan, { scenario: failing });
  expect(errors.map(({ name }) => name)).toEqual(['broken-invariant']);
  const stuck = await runPlan(plan, { scenario: scenarioOf(() => new Promise(() => {})) });
  expect(stuck.errors.map(({ name }) => name)).toEqual(['not-live']);
});

test('the steps of a client that crashed are taken by its next process', async () => {
  const taken: string[] = [];
  const faults = [{ kind: 'client-crash', atMs: 150, client: 'client', downMs: 50 }] as const;
  const { errors, faultCounts } = await runPlan({ ...plan, faults }, { scenario: scenarioOf(stepping(taken)) });
  expect(errors).toEqual([]);
  expect(taken).toEqual(['client-1']);
  expect(faultCounts.get('client-crash')).toBe(1);
});

test('a zombie goes on beside its successor', async () => {
  const taken: string[] = [];
  const client = { ...plan.clients[0]!, steps: Array.from({ length: 8 }, () => ({ do: 'wait' })) };
  const faults = [{ kind: 'zombie', atMs: 150, client: 'client', ms: 400 }] as const;
  const zombies = { ...plan, clients: [client], faults };
  const { errors } = await runPlan(zombies, { scenario: scenarioOf(stepping(taken)) });
  expect(errors).toEqual([]);
  expect(taken[0]).toBe('client-1');
  expect(taken.lastIndexOf('client-1')).toBeGreaterThan(taken.indexOf('client-2'));
});

test('whatever ends the broker, it is up again in the end', async () => {
  const faults = [
    { kind: 'broker-pause', atMs: 100, ms: 5_000 },
    { kind: 'broker-restart', atMs: 200, patienceMs: 500 },
    { kind: 'failpoint', atMs: 900, name: 'any', nth: 1, moment: 'before', ending: 'power-loss', downMs: 10 },
    { kind: 'disk-full', atMs: 1_000, ms: 100, roomBytes: 0 },
    { kind: 'broker-crash', atMs: 1_900, downMs: 60_000 },
  ] as const;
  const scenario = scenarioOf(stepping([], 1_500));
  expect((await runPlan({ ...plan, faults, faultsEndMs: 2_000 }, { scenario })).errors).toEqual([]);
});

test('a failpoint that one life of the broker does not come to waits for the next, and springs once', async () => {
  const faults = [
    { kind: 'broker-crash', atMs: 200, downMs: 100 },
    { kind: 'failpoint', atMs: 250, name: 'any', nth: 1, moment: 'before', ending: 'crash', downMs: 10 },
    { kind: 'failpoint', atMs: 600, name: 'quorum-state', nth: 1, moment: 'before', ending: 'crash', downMs: 10 },
    { kind: 'broker-crash', atMs: 900, downMs: 10 },
  ] as const;
  const scenario = scenarioOf(stepping([], 1_500));
  const { errors, faultCounts } = await runPlan({ ...plan, faults, faultsEndMs: 2_000 }, { scenario });
  expect(errors).toEqual([]);
  expect(faultCounts.get('failpoint')).toBe(2);
});
