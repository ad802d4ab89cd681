import type { GroupSubscription } from '@nagare/client';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assignTasks, listTasks, type TaskPartitions } from './assign.ts';

const parts = [
  { id: 0, topics: ['orders', 'customers'] },
  { id: 1, topics: ['words'] },
];
const counts = new Map([
  ['orders', 4],
  ['customers', 4],
  ['words', 3],
]);
const tasks = listTasks(parts, counts);

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
        [{ id: 2, topics: ['a', 'b'] }],
        new Map([
          ['a', 1],
          ['b', 2],
        ]),
      ),
    ).toEqual([
      {
        taskId: '2_0',
        partitions: [
          { topic: 'a', partition: 0 },
          { topic: 'b', partition: 0 },
        ],
      },
      { taskId: '2_1', partitions: [{ topic: 'b', partition: 1 }] },
    ]);
  });

  test('gives all tasks to one member, and even shares to several', () => {
    expect(tasksOf(assignTasks([member('a')], tasks)).get('a')).toHaveLength(7);
    const shares = [...tasksOf(assignTasks([member('a'), member('b'), member('c')], tasks)).values()];
    expect(shares.map((share) => share.length).sort()).toEqual([2, 2, 3]);
  });

  test('takes a task from its owner before it gives it to another', () => {
    const first = tasksOf(assignTasks([member('a', tasks), member('b', [], -1)], tasks));
    expect(first.get('a')).toHaveLength(4);
    expect(first.get('b')).toEqual([]);
    const kept = tasks.filter(({ taskId }) => first.get('a')?.includes(taskId));
    const second = tasksOf(assignTasks([member('a', kept), member('b')], tasks));
    expect(second.get('a')).toEqual(first.get('a'));
    expect(second.get('b')).toHaveLength(3);
  });

  test('believes the claim of the later generation', () => {
    const assigned = tasksOf(assignTasks([member('old', tasks, 3), member('new', tasks, 4)], tasks));
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
            owned = tasksOf(assignTasks(members, tasks));
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
