import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TopicPartition } from '../../record.ts';
import { type Assignor, type GroupSubscription, type MemberAssignment, partitionKey } from './assignor.ts';
import { cooperativeStickyAssignor } from './cooperative-sticky.ts';
import { rangeAssignor } from './range.ts';
import { assignorsFrom } from './registry.ts';
import { roundRobinAssignor } from './round-robin.ts';
import { stickyAssignor } from './sticky.ts';

function member(memberId: string, topics: readonly string[], more: Partial<GroupSubscription> = {}): GroupSubscription {
  const none = { groupInstanceId: null, userData: null, ownedPartitions: [], generationId: -1, rackId: null };
  return { memberId, topics, ...none, ...more };
}

/** `topic-partition` texts by member. */
function texts(result: ReadonlyMap<string, MemberAssignment>): Record<string, string[]> {
  return Object.fromEntries(
    Array.from(result, ([name, { partitions }]) => [name, partitions.map((each) => `${each.topic}-${each.partition}`)]),
  );
}

const counts = (record: Record<string, number>) => new Map(Object.entries(record));

describe('the range assignor', () => {
  test('gives consecutive partitions of each topic, the first members one more', () => {
    const result = rangeAssignor().assign([member('b', ['t', 'u']), member('a', ['t', 'u'])], counts({ t: 3, u: 3 }));
    expect(texts(result)).toEqual({ a: ['t-0', 't-1', 'u-0', 'u-1'], b: ['t-2', 'u-2'] });
  });

  test('gives nothing of a topic to those who do not subscribe to it', () => {
    const result = rangeAssignor().assign([member('a', ['t']), member('b', ['t', 'u'])], counts({ t: 2, u: 2 }));
    expect(texts(result)).toEqual({ a: ['t-0'], b: ['t-1', 'u-0', 'u-1'] });
  });

  test('orders static members by instance id, before the others', () => {
    const members = [
      member('a', ['t']),
      member('z', ['t'], { groupInstanceId: '1' }),
      member('y', ['t'], { groupInstanceId: '2' }),
    ];
    expect(texts(rangeAssignor().assign(members, counts({ t: 3 })))).toEqual({ z: ['t-0'], y: ['t-1'], a: ['t-2'] });
  });
});

describe('the round-robin assignor', () => {
  test('deals out all partitions of all topics in turn', () => {
    const members = [member('a', ['t', 'u']), member('b', ['t', 'u'])];
    const result = roundRobinAssignor().assign(members, counts({ t: 3, u: 3 }));
    expect(texts(result)).toEqual({ a: ['t-0', 't-2', 'u-1'], b: ['t-1', 'u-0', 'u-2'] });
  });

  test('passes over members that do not subscribe to the topic', () => {
    const members = [member('a', ['t']), member('b', ['t', 'u']), member('c', ['u'])];
    const result = roundRobinAssignor().assign(members, counts({ t: 2, u: 2 }));
    expect(texts(result)).toEqual({ a: ['t-0'], b: ['t-1', 'u-1'], c: ['u-0'] });
  });
});

describe('the cooperative-sticky assignor', () => {
  test('deals new partitions out in turn', () => {
    const members = ['c', 'a', 'b'].map((name) => member(name, ['t']));
    const result = cooperativeStickyAssignor().assign(members, counts({ t: 7 }));
    expect(texts(result)).toEqual({ a: ['t-0', 't-3', 't-6'], b: ['t-1', 't-4'], c: ['t-2', 't-5'] });
  });

  test('gives what must move to nobody first', () => {
    const owned = [0, 1, 2, 3].map((partition) => ({ topic: 't', partition }));
    const members = [member('a', ['t'], { ownedPartitions: owned, generationId: 1 }), member('b', ['t'])];
    const result = cooperativeStickyAssignor().assign(members, counts({ t: 4 }));
    expect(texts(result)).toEqual({ a: ['t-0', 't-1'], b: [] });
  });

  test('believes the claim of the later generation', () => {
    const ownedPartitions = [{ topic: 't', partition: 0 }];
    const members = [
      member('stale', ['t'], { ownedPartitions, generationId: 4 }),
      member('true', ['t'], { ownedPartitions, generationId: 5 }),
    ];
    const result = cooperativeStickyAssignor().assign(members, counts({ t: 2 }));
    expect(texts(result)).toEqual({ true: ['t-0'], stale: ['t-1'] });
  });

  test('gives a partition that two claim with equal right to neither', () => {
    const ownedPartitions = [{ topic: 't', partition: 0 }];
    const claims = { ownedPartitions, generationId: 5 };
    const result = cooperativeStickyAssignor().assign(
      [member('a', ['t'], claims), member('b', ['t'], claims)],
      counts({ t: 2 }),
    );
    expect(texts(result)).toEqual({ a: [], b: ['t-1'] });
  });
});

test('the sticky assignor remembers through its user data', () => {
  const [a, b] = [stickyAssignor(), stickyAssignor()];
  const join = (assignor: Assignor, name: string, generation: number) =>
    member(name, ['t'], { userData: assignor.userData?.(['t'], generation) ?? null });
  const first = a.assign([join(a, 'a', -1)], counts({ t: 4 }));
  a.onAssignment?.(first.get('a') as MemberAssignment, 1);
  const second = a.assign([join(a, 'a', 1), join(b, 'b', -1)], counts({ t: 4 }));
  expect(texts(second)).toEqual({ a: ['t-0', 't-1'], b: ['t-2', 't-3'] });
});

test('an assignor of an unknown name is refused', () => {
  expect(() => assignorsFrom(['uniform' as 'range'])).toThrow(/range, roundrobin/);
});

const topicNames = ['t', 'u', 'v'];
const world = fc.record({
  partitionCounts: fc.record({ t: fc.nat(9), u: fc.nat(9), v: fc.nat(9) }),
  members: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { minLength: 1 }),
  subscriptions: fc.array(fc.subarray(topicNames, { minLength: 1 }), { minLength: 6, maxLength: 6 }),
  isUniform: fc.boolean(),
});

function membersOf({ members, subscriptions, isUniform }: typeof world extends fc.Arbitrary<infer W> ? W : never) {
  return members.map((name, index) => member(name, (isUniform ? topicNames : subscriptions[index]) as string[]));
}

describe.each([
  ['range', rangeAssignor],
  ['roundrobin', roundRobinAssignor],
  ['sticky', stickyAssignor],
  ['cooperative-sticky', cooperativeStickyAssignor],
])('the %s assignor', (_name, make) => {
  test('gives every partition that somebody wants to exactly one who wants it', () => {
    fc.assert(
      fc.property(world, (scene) => {
        const members = membersOf(scene);
        const wanted = new Set(members.flatMap(({ topics }) => topics));
        const partitionCounts = new Map(Object.entries(scene.partitionCounts).filter(([topic]) => wanted.has(topic)));
        const result = make().assign(members, partitionCounts);
        const given = [...result.values()].flatMap(({ partitions }) => partitions.map(partitionKey));
        expect(new Set(given).size).toBe(given.length);
        expect(given).toHaveLength([...partitionCounts.values()].reduce((sum, count) => sum + count, 0));
        for (const { memberId, topics } of members) {
          for (const { topic } of result.get(memberId)?.partitions ?? []) expect(topics).toContain(topic);
        }
      }),
    );
  });
});

/** Lets members join with what they own until nothing moves any more, as a group does. */
function settle(members: readonly GroupSubscription[], partitionCounts: ReadonlyMap<string, number>) {
  let owned = new Map<string, readonly TopicPartition[]>(members.map((each) => [each.memberId, each.ownedPartitions]));
  for (let generation = 1; ; generation++) {
    const joined = members.map((each) => ({
      ...each,
      ownedPartitions: owned.get(each.memberId) ?? [],
      generationId: generation,
    }));
    const result = cooperativeStickyAssignor().assign(joined, partitionCounts);
    const next = new Map(Array.from(result, ([name, { partitions }]) => [name, partitions] as const));
    for (const { memberId, ownedPartitions } of joined) {
      const others = [...next]
        .filter(([name]) => name !== memberId)
        .flatMap(([, partitions]) => partitions.map(partitionKey));
      // What a member still owns is not given to another in the same assignment.
      for (const partition of ownedPartitions) expect(others).not.toContain(partitionKey(partition));
    }
    const isStill = members.every(({ memberId }) => sameSet(owned.get(memberId) ?? [], next.get(memberId) ?? []));
    owned = next;
    if (isStill) return owned;
    expect(generation).toBeLessThan(4);
  }
}

function sameSet(a: readonly TopicPartition[], b: readonly TopicPartition[]): boolean {
  return a.length === b.length && a.every((one) => b.some((other) => partitionKey(one) === partitionKey(other)));
}

describe('a cooperative group', () => {
  test('ends balanced: nobody could give a partition to one who has two fewer', () => {
    fc.assert(
      fc.property(world, (scene) => {
        const members = membersOf(scene);
        const partitionCounts = new Map(Object.entries(scene.partitionCounts));
        const owned = settle(members, partitionCounts);
        const sizeOf = (name: string) => owned.get(name)?.length ?? 0;
        for (const { memberId } of members) {
          for (const { topic } of owned.get(memberId) ?? []) {
            const takers = members.filter(({ topics }) => topics.includes(topic));
            for (const taker of takers) expect(sizeOf(memberId) - sizeOf(taker.memberId)).toBeLessThan(2);
          }
        }
      }),
    );
  });

  test('moves no more than balance asks when a member joins a group of equal subscriptions', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 6 }), (partitions, size) => {
        const partitionCounts = counts({ t: partitions });
        const names = Array.from({ length: size }, (_, index) => `m${index}`);
        const before = settle(
          names.map((name) => member(name, ['t'])),
          partitionCounts,
        );
        const joined = [
          ...names.map((name) => member(name, ['t'], { ownedPartitions: before.get(name) ?? [] })),
          member('new', ['t']),
        ];
        const after = settle(joined, partitionCounts);
        for (const name of names) {
          const kept = new Set(before.get(name)?.map(partitionKey));
          for (const partition of after.get(name) ?? []) expect(kept).toContain(partitionKey(partition));
        }
      }),
    );
  });
});
