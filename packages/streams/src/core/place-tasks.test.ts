import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Candidate,
  type PlaceableTask,
  type Placement,
  type PlacementSettings,
  placeTasks,
} from './place-tasks.ts';

const defaults: PlacementSettings = { acceptableRecoveryLag: 10_000, maxWarmupReplicas: 2, numStandbyReplicas: 0 };
const far = 1_000_000;

function stateful(...taskIds: string[]): PlaceableTask[] {
  return taskIds.map((taskId) => ({ taskId, stateful: true }));
}

function member(
  name: string,
  running: readonly string[] = [],
  positions: Readonly<Record<string, number>> = {},
  keeping: readonly string[] = [],
): Candidate {
  const own = running.map((taskId) => [taskId, positions[taskId] ?? far] as const);
  return {
    ...{ name, running: new Set(running), keeping: new Set(keeping) },
    positions: new Map([...Object.entries(positions), ...own]),
  };
}

const countsOf = (placement: Placement, names: readonly string[], taskIds: readonly string[]) =>
  names.map((name) => taskIds.filter((taskId) => placement.active.get(taskId) === name).length);

function lagOf(members: readonly Candidate[], name: string, taskId: string): number {
  const one = members.find((each) => each.name === name) as Candidate;
  const end = Math.max(0, ...members.map(({ positions }) => positions.get(taskId) ?? 0));
  return one.running.has(taskId) ? 0 : end - (one.positions.get(taskId) ?? 0);
}

describe('the placement of tasks', () => {
  test('leaves a task with its owner while the member that is to have it warms up', () => {
    const tasks = stateful('0_0', '0_1');
    const members = [member('a', ['0_0', '0_1']), member('b')];
    const { active, standby, awaited } = placeTasks(tasks, members, defaults);
    expect([...active.values()]).toEqual(['a', 'a']);
    expect([standby.get('0_0'), standby.get('0_1')]).toEqual([[], ['b']]);
    expect(awaited).toEqual(new Map([['0_1', ['b']]]));
  });

  test('moves it once its new member lacks no more than is acceptable', () => {
    const tasks = stateful('0_0', '0_1');
    const at = (position: number) => [member('a', ['0_0', '0_1']), member('b', [], { '0_1': position }, ['0_1'])];
    expect(placeTasks(tasks, at(far - 10_001), defaults).active.get('0_1')).toBe('a');
    const moved = placeTasks(tasks, at(far - 10_000), defaults);
    expect(moved.active.get('0_1')).toBe('b');
    expect(moved.awaited.size).toBe(0);
  });

  test('gives the task of a lost member to its standby, though another member has fewer tasks', () => {
    const tasks = stateful('0_0', '0_1', '0_2');
    const members = [member('b', ['0_0', '0_1'], { '0_2': far - 1 }, ['0_2']), member('c')];
    const { active, awaited } = placeTasks(tasks, members, defaults);
    expect(active.get('0_2')).toBe('b');
    expect([...awaited.values()].flat()).toEqual(['c']);
  });

  test('warms no more tasks up at a time than it may, the nearest first', () => {
    const ids = ['0_0', '0_1', '0_2', '0_3', '0_4', '0_5', '0_6', '0_7'];
    const members = [member('a', ids), member('b', [], { '0_6': far / 2 })];
    const { awaited } = placeTasks(stateful(...ids), members, { ...defaults, maxWarmupReplicas: 1 });
    expect(awaited).toEqual(new Map([['0_6', ['b']]]));
  });

  test('swaps a task and its standby without a warm-up', () => {
    const tasks = stateful('0_0', '0_1');
    const settings = { ...defaults, numStandbyReplicas: 1 };
    const members = [member('a', ['0_0', '0_1']), member('b')];
    const { active, standby } = placeTasks(tasks, members, settings);
    expect([...active.values()]).toEqual(['a', 'a']);
    expect([...standby.values()]).toEqual([['b'], ['b']]);
  });

  test('keeps a standby until the one that takes its place has caught up', () => {
    const [ofA, ofB] = [
      ['0_0', '0_1'],
      ['0_2', '0_3'],
    ] as const;
    const settings = { ...defaults, numStandbyReplicas: 1, maxWarmupReplicas: 9 };
    const reach = (taskIds: readonly string[]) => Object.fromEntries(taskIds.map((taskId) => [taskId, far]));
    const members = [member('a', ofA, reach(ofB), ofB), member('b', ofB, reach(ofA), ofA), member('c')];
    const { active, standby, awaited } = placeTasks(stateful(...ofA, ...ofB), members, settings);
    for (const taskId of [...ofA, ...ofB])
      expect([active.get(taskId), ...(standby.get(taskId) ?? [])]).toEqual(expect.arrayContaining(['a', 'b']));
    expect([...awaited.values()].flat()).toContain('c');
  });

  test('places tasks without state evenly at once', () => {
    const tasks = ['0_0', '0_1', '0_2', '0_3'].map((taskId) => ({ taskId, stateful: false }));
    const running = tasks.map(({ taskId }) => taskId);
    const placement = placeTasks(tasks, [member('a', running), member('b')], defaults);
    expect(countsOf(placement, ['a', 'b'], running)).toEqual([2, 2]);
  });
});

const names = ['a', 'b', 'c', 'd', 'e'];
const tasksOfWorld = [
  ...Array.from({ length: 8 }, (_, at) => ({ taskId: `0_${at}`, stateful: true })),
  ...Array.from({ length: 5 }, (_, at) => ({ taskId: `1_${at}`, stateful: false })),
];
const ids = tasksOfWorld.map(({ taskId }) => taskId);
const statefulIds = ids.slice(0, 8);

/** Members of which each has some of what there is, in any way. */
const world = fc
  .record({
    present: fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 }),
    owners: fc.array(fc.option(fc.nat(4)), { minLength: ids.length, maxLength: ids.length }),
    positions: fc.array(fc.option(fc.nat(3)), { minLength: 40, maxLength: 40 }),
    keeping: fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
    settings: fc.record({
      acceptableRecoveryLag: fc.constantFrom(0, 100, Number.MAX_SAFE_INTEGER),
      maxWarmupReplicas: fc.integer({ min: 1, max: 3 }),
      numStandbyReplicas: fc.nat(2),
    }),
  })
  .map(({ present, owners, positions, keeping, settings }) => {
    const members = present.map((name, index) => {
      const running = new Set(ids.filter((_, at) => owners[at] === index));
      const has = statefulIds.flatMap((taskId, at) => {
        const position = running.has(taskId) ? 3 : positions[index * 8 + at];
        return position == null ? [] : [[taskId, position * 100] as const];
      });
      const kept = has.filter(([taskId], at) => !running.has(taskId) && keeping[index * 8 + at]);
      return { name, running, positions: new Map(has), keeping: new Set(kept.map(([taskId]) => taskId)) };
    });
    return { members, settings };
  });

describe('any placement', () => {
  test('has each task once, and its state once more at most on any member', () => {
    fc.assert(
      fc.property(world, ({ members, settings }) => {
        const { active, standby, awaited } = placeTasks(tasksOfWorld, members, settings);
        const known = members.map(({ name }) => name);
        expect([...active.keys()].sort()).toEqual([...ids].sort());
        for (const name of active.values()) expect(known).toContain(name);
        const replicas = Math.min(settings.numStandbyReplicas, members.length - 1);
        let extra = 0;
        for (const [taskId, holders] of standby) {
          expect(new Set([...holders, active.get(taskId)]).size).toBe(holders.length + 1);
          expect(holders.length).toBeGreaterThanOrEqual(replicas);
          extra += holders.length - replicas;
          for (const name of awaited.get(taskId) ?? []) expect(holders).toContain(name);
        }
        expect(extra).toBeLessThanOrEqual(settings.maxWarmupReplicas);
      }),
    );
  });

  test('is even when everybody has caught up', () => {
    fc.assert(
      fc.property(world, ({ members, settings }) => {
        const known = members.map(({ name }) => name);
        const relaxed = { ...settings, acceptableRecoveryLag: Number.MAX_SAFE_INTEGER };
        const placement = placeTasks(tasksOfWorld, members, relaxed);
        for (const some of [statefulIds, ids]) {
          const counts = countsOf(placement, known, some);
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        }
        expect(placement.awaited.size).toBe(0);
      }),
    );
  });

  test('runs no task where too much of its state is missing', () => {
    fc.assert(
      fc.property(world, ({ members, settings }) => {
        const { active } = placeTasks(tasksOfWorld, members, settings);
        for (const taskId of statefulIds) {
          const name = active.get(taskId) as string;
          expect(lagOf(members, name, taskId)).toBeLessThanOrEqual(settings.acceptableRecoveryLag);
        }
      }),
    );
  });

  test('does not depend on the order of members', () => {
    fc.assert(
      fc.property(world, ({ members, settings }) => {
        const one = placeTasks(tasksOfWorld, members, settings);
        expect(placeTasks(tasksOfWorld, [...members].reverse(), settings)).toEqual(one);
      }),
    );
  });

  test('leaves an even placement as it is, whoever has caught up with what', () => {
    fc.assert(
      fc.property(world, ({ members, settings }) => {
        const relaxed = { ...settings, acceptableRecoveryLag: Number.MAX_SAFE_INTEGER };
        const even = placeTasks(tasksOfWorld, members, relaxed);
        expect(placeTasks(tasksOfWorld, afterwards(members, even), settings).active).toEqual(even.active);
      }),
    );
  });

  test('comes to rest, also while nobody catches up', () => {
    fc.assert(
      fc.property(world, ({ members, settings }) => {
        let now: readonly Candidate[] = members;
        let before: Placement | undefined;
        for (let rounds = 0; ; rounds += 1) {
          const next = placeTasks(tasksOfWorld, now, settings);
          if (before !== undefined && [...next.active].every(([taskId, name]) => before?.active.get(taskId) === name))
            return;
          expect(rounds).toBeLessThan(tasksOfWorld.length);
          before = next;
          now = afterwards(now, next);
        }
      }),
    );
  });
});

/** What members have when a placement is carried out, and standbys have not got further. */
function afterwards(members: readonly Candidate[], { active, standby }: Placement): Candidate[] {
  return members.map(({ name, positions }) => {
    const running = ids.filter((taskId) => active.get(taskId) === name);
    const reached = running.filter((taskId) => statefulIds.includes(taskId)).map((taskId) => [taskId, 300] as const);
    return {
      ...{ name, running: new Set(running), positions: new Map([...positions, ...reached]) },
      keeping: new Set(statefulIds.filter((taskId) => standby.get(taskId)?.includes(name))),
    };
  });
}
