import type { GroupSubscription } from '@nagare/client';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assignTasks, listTasks, type TaskPartitions } from './assign.ts';
import { decodeOrders, encodeReport } from './member-data.ts';
import type { PlacementSettings } from './place-tasks.ts';

const parts = [
  { id: 0, topics: ['orders', 'customers'], stateful: true },
  { id: 1, topics: ['words'], stateful: true },
];
const counts = new Map([
  ['orders', 4],
  ['customers', 4],
  ['words', 3],
]);
const tasks = listTasks(parts, counts);
const settings = { acceptableRecoveryLag: 0, maxWarmupReplicas: 2, numStandbyReplicas: 0 };
const assign = (members: readonly GroupSubscription[], given: Partial<PlacementSettings> = {}) =>
  assignTasks(members, tasks, { ...settings, ...given });

function member(memberId: string, owned: readonly TaskPartitions[] = [], generationId = 1): GroupSubscription {
  const ownedPartitions = owned.flatMap(({ partitions }) => partitions);
  return { memberId, groupInstanceId: null, topics: [], userData: null, ownedPartitions, generationId, rackId: null };
}

/** The ids of tasks that each member has, and a check that none is torn. */
function tasksOf(assigned: ReturnType<typeof assignTasks>): Map<string, string[]> {
  return new Map(
    [...assigned].map(([memberId, { partitions }]) => {
      const has = new Set(partitions.map(({ topic, partition }) => `${topic}-${partition}`));
      const whole = tasks.filter((task) => task.partitions.every((at) => has.has(`${at.topic}-${at.partition}`)));
      expect(whole.flatMap((task) => task.partitions)).toHaveLength(partitions.length);
      return [memberId, whole.map(({ taskId }) => taskId)];
    }),
  );
}

describe('the task assignor', () => {
  test('keeps the partitions of a task together, also where topics have different numbers of them', () => {
    expect(
      listTasks(
        [{ id: 2, topics: ['a', 'b'], stateful: false }],
        new Map([
          ['a', 1],
          ['b', 2],
        ]),
      ),
    ).toEqual([
      {
        taskId: '2_0',
        stateful: false,
        partitions: [
          { topic: 'a', partition: 0 },
          { topic: 'b', partition: 0 },
        ],
      },
      { taskId: '2_1', stateful: false, partitions: [{ topic: 'b', partition: 1 }] },
    ]);
  });

  test('gives all tasks to one member, and even shares to several', () => {
    expect(tasksOf(assign([member('a')])).get('a')).toHaveLength(7);
    const shares = [...tasksOf(assign([member('a'), member('b'), member('c')])).values()];
    expect(shares.map((share) => share.length).sort()).toEqual([2, 2, 3]);
  });

  test('takes a task from its owner before it gives it to another', () => {
    const first = tasksOf(assign([member('a', tasks), member('b', [], -1)]));
    expect(first.get('a')).toHaveLength(4);
    expect(first.get('b')).toEqual([]);
    const kept = tasks.filter(({ taskId }) => first.get('a')?.includes(taskId));
    const second = tasksOf(assign([member('a', kept), member('b')]));
    expect(second.get('a')).toEqual(first.get('a'));
    expect(second.get('b')).toHaveLength(3);
  });

  test('has the next owner of a task keep its state until the task is free', () => {
    const end = new Map(tasks.map(({ taskId }) => [taskId, 9]));
    const report = encodeReport({ positions: end, keeping: new Set(end.keys()) }, 1);
    const assigned = assign([member('a', tasks), { ...member('b', [], -1), userData: report }]);
    expect(tasksOf(assigned).get('b')).toEqual([]);
    const { standby, awaited } = decodeOrders(assigned.get('b')?.userData);
    expect(standby).toHaveLength(3);
    expect(tasksOf(assigned).get('a')).toEqual(tasks.map(({ taskId }) => taskId).filter((id) => !standby.includes(id)));
    expect(awaited).toEqual([]);
  });

  test('believes the claim of the later generation', () => {
    const assigned = tasksOf(assign([member('old', tasks, 3), member('new', tasks, 4)]));
    expect(assigned.get('old')).toEqual([]);
    expect(assigned.get('new')).toHaveLength(4);
  });

  test('after any joins and leaves comes to rest with each task once, in even shares', () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(names, { minLength: 1, maxLength: 5 }), (rounds) => {
        let owned = new Map<string, readonly string[]>();
        for (const [generation, present] of rounds.entries()) {
          for (let settle = 0; settle < 2; settle += 1) {
            const members = present.map((name) =>
              member(
                name,
                tasks.filter(({ taskId }) => owned.get(name)?.includes(taskId)),
                generation,
              ),
            );
            owned = tasksOf(assign(members));
            const given = [...owned.values()].flat();
            expect(new Set(given).size).toBe(given.length);
          }
          const shares = [...owned.values()].map((share) => share.length);
          expect(shares.reduce((sum, share) => sum + share, 0)).toBe(tasks.length);
          expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

/** A group whose members keep state, follow it, and come and go. */
class Group {
  readonly #settings: PlacementSettings;
  readonly #ends = new Map(tasks.map(({ taskId }) => [taskId, 0]));
  readonly #positions = new Map<string, Map<string, number>>();
  #owned = new Map<string, readonly string[]>();
  #keeping = new Map<string, readonly string[]>();
  #generation = 0;

  constructor(given: Partial<PlacementSettings>) {
    this.#settings = { ...settings, ...given };
  }

  /** Rebalances until nothing changes, with standbys that catch up in between, and checks each step. */
  settle(present: readonly string[]): void {
    for (let rounds = 0; this.#rebalance(present); rounds += 1) {
      expect(rounds).toBeLessThan(60);
      this.#work();
    }
  }

  owners(): ReadonlyMap<string, readonly string[]> {
    return this.#owned;
  }

  /** Records are processed, and standbys read them. */
  #work(): void {
    for (const [taskId, end] of this.#ends) this.#ends.set(taskId, end + 1_000);
    for (const has of [this.#owned, this.#keeping]) {
      for (const [name, taskIds] of has) for (const taskId of taskIds) this.#reach(name, taskId);
    }
  }

  #reach(name: string, taskId: string): void {
    const positions = this.#positions.get(name) ?? new Map<string, number>();
    this.#positions.set(name, positions.set(taskId, this.#ends.get(taskId) as number));
  }

  #rebalance(present: readonly string[]): boolean {
    this.#generation += 1;
    const before = this.#owned;
    const assigned = assignTasks(
      present.map((name) => this.#subscription(name)),
      tasks,
      this.#settings,
    );
    const orders = new Map([...assigned].map(([name, { userData }]) => [name, decodeOrders(userData)]));
    this.#owned = tasksOf(assigned);
    this.#keeping = new Map([...orders].map(([name, { standby }]) => [name, standby]));
    const given = [...this.#owned.values()].flat();
    expect(new Set(given).size).toBe(given.length);
    for (const [name, taskIds] of this.#owned) {
      for (const taskId of taskIds) {
        const holder = [...before].find(([, owned]) => owned.includes(taskId))?.[0];
        if (holder !== undefined && present.includes(holder)) expect(holder).toBe(name);
        else this.#checkTakeover(name, taskId, present);
        expect(orders.get(name)?.standby).not.toContain(taskId);
      }
    }
    const isMoved = present.some((name) => String(before.get(name) ?? []) !== String(this.#owned.get(name)));
    return isMoved || [...orders.values()].some(({ awaited }) => awaited.length > 0) || given.length < tasks.length;
  }

  /** Nobody takes a task over who has less of its state than another. */
  #checkTakeover(name: string, taskId: string, present: readonly string[]): void {
    const positionOf = (each: string) => this.#positions.get(each)?.get(taskId) ?? 0;
    expect(positionOf(name)).toBe(Math.max(...present.map(positionOf)));
    this.#reach(name, taskId);
  }

  #subscription(name: string): GroupSubscription {
    const owned = this.#owned.get(name) ?? [];
    const report = {
      positions: this.#positions.get(name) ?? new Map<string, number>(),
      keeping: new Set(this.#keeping.get(name) ?? []),
    };
    const own = tasks.filter(({ taskId }) => owned.includes(taskId));
    return { ...member(name, own, this.#generation), userData: encodeReport(report, this.#generation) };
  }
}

test.each([0, 1, 2])(
  'with %i standbys state moves last, and the group comes to rest in even shares',
  (numStandbyReplicas) => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1 });
    fc.assert(
      fc.property(
        fc.array(names, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 3 }),
        (rounds, maxWarmupReplicas) => {
          const group = new Group({ numStandbyReplicas, maxWarmupReplicas });
          for (const present of rounds) {
            group.settle(present);
            const shares = present.map((name) => group.owners().get(name)?.length ?? 0);
            expect(shares.reduce((sum, share) => sum + share, 0)).toBe(tasks.length);
            expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
          }
        },
      ),
      { numRuns: 40 },
    );
  },
);
