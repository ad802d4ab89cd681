import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Partitions } from '../partitions.ts';
import { type AssignorMember, type AssignorTask, assignors } from './assignor.ts';

type Counts = Readonly<Record<string, number>>;

function task(counts: Counts, members: readonly AssignorMember[]): AssignorTask {
  return { members, partitionCount: (topicId) => counts[topicId] ?? 0 };
}

function member(memberId: string, topics: string, options: Partial<AssignorMember> = {}): AssignorMember {
  return { memberId, instanceId: null, topicIds: new Set(topics.split('')), previous: new Map(), ...options };
}

function textsOf(assignment: ReadonlyMap<string, Partitions>): Record<string, string> {
  return Object.fromEntries([...assignment].map(([memberId, partitions]) => [memberId, textOf(partitions)]));
}

function textOf(partitions: Partitions): string {
  const all = [...partitions].flatMap(([topicId, indexes]) => [...indexes].map((index) => `${topicId}${index}`));
  return all.sort().join(' ');
}

const sizeOf = (partitions: Partitions) => [...partitions.values()].reduce((sum, { size }) => sum + size, 0);

const topicIds = ['a', 'b', 'c'] as const;
const counts = fc.record({ a: fc.nat({ max: 6 }), b: fc.nat({ max: 6 }), c: fc.nat({ max: 6 }) });
const subscriptions = fc.array(fc.subarray([...topicIds]), { minLength: 1, maxLength: 6 });
const someMembers = subscriptions.map((all) => all.map((topics, index) => member(`m${index}`, topics.join(''))));

describe.each(Object.entries(assignors))('The %s assignor', (_, assign) => {
  test('gives every partition that somebody wants to one who does', () => {
    fc.assert(
      fc.property(counts, someMembers, (partitionCounts, members) => {
        const assigned = assign(task(partitionCounts, members));
        const given = [...assigned.values()].flatMap((partitions) => textOf(partitions).split(' ')).filter(Boolean);
        const wanted = topicIds.filter((id) => members.some((one) => one.topicIds.has(id)));
        const all = wanted.flatMap((id) => Array.from({ length: partitionCounts[id] }, (__, index) => `${id}${index}`));
        expect(given.sort()).toEqual(all.sort());
        for (const one of members) {
          for (const id of assigned.get(one.memberId)?.keys() ?? []) expect(one.topicIds.has(id)).toBe(true);
        }
      }),
    );
  });

  test('comes to the same result from its own', () => {
    fc.assert(
      fc.property(counts, someMembers, (partitionCounts, members) => {
        const first = assign(task(partitionCounts, members));
        const again = members.map((one) => ({ ...one, previous: first.get(one.memberId) ?? new Map() }));
        expect(textsOf(assign(task(partitionCounts, again)))).toEqual(textsOf(first));
      }),
    );
  });
});

describe('The uniform assignor', () => {
  const { uniform } = assignors;

  test('is as even as it can be when all want the same', () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 7 }), (partitionCounts, size) => {
        const members = Array.from({ length: size }, (_, index) => member(`m${index}`, 'abc'));
        const sizes = [...uniform(task(partitionCounts, members)).values()].map(sizeOf);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('leaves no partition with one who has two more than another who wants it', () => {
    fc.assert(
      fc.property(counts, someMembers, (partitionCounts, members) => {
        const assigned = uniform(task(partitionCounts, members));
        for (const one of members) {
          for (const id of assigned.get(one.memberId)?.keys() ?? []) {
            for (const other of members.filter((each) => each.topicIds.has(id))) {
              const mine = sizeOf(assigned.get(one.memberId) as Partitions);
              const theirs = sizeOf(assigned.get(other.memberId) as Partitions);
              expect(mine - theirs).toBeLessThan(2);
            }
          }
        }
      }),
    );
  });

  test('moves no more than a new member needs, or than one that is gone had', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 6 }), (partitionCount, size) => {
        const members = Array.from({ length: size }, (_, index) => member(`m${index}`, 'a'));
        const first = uniform(task({ a: partitionCount }, members));
        const known = members.map((one) => ({ ...one, previous: first.get(one.memberId) ?? new Map() }));
        const grown = uniform(task({ a: partitionCount }, [...known, member('new', 'a')]));
        const moved = known.reduce((sum, { memberId }) => sum + lost(first.get(memberId), grown.get(memberId)), 0);
        expect(moved).toBe(sizeOf(grown.get('new') as Partitions));
        const shrunk = uniform(task({ a: partitionCount }, known.slice(1)));
        for (const { memberId } of known.slice(1)) expect(lost(first.get(memberId), shrunk.get(memberId))).toBe(0);
      }),
    );
  });

  test('gives members with a choice what those without cannot have', () => {
    const members = [member('ab', 'ab'), member('a', 'a')];
    expect(textsOf(uniform(task({ a: 2, b: 2 }, members)))).toEqual({ ab: 'b0 b1', a: 'a0 a1' });
  });

  test('leaves a partition that two had with one of them', () => {
    const previous = new Map([['a', new Set([0, 1])]]);
    const members = [member('m0', 'a', { previous }), member('m1', 'a', { previous })];
    expect(textsOf(uniform(task({ a: 2 }, members)))).toEqual({ m0: 'a0', m1: 'a1' });
  });
});

describe('The range assignor', () => {
  const { range } = assignors;

  test('cuts topics of a size alike', () => {
    const members = [member('m1', 'ab'), member('m0', 'ab')];
    expect(textsOf(range(task({ a: 3, b: 3 }, members)))).toEqual({ m0: 'a0 a1 b0 b1', m1: 'a2 b2' });
  });

  test('puts static members first, in the order of their instances', () => {
    const members = [
      member('m0', 'a'),
      member('m9', 'a', { instanceId: 'i1' }),
      member('m8', 'a', { instanceId: 'i2' }),
    ];
    expect(textsOf(range(task({ a: 3 }, members)))).toEqual({ m9: 'a0', m8: 'a1', m0: 'a2' });
  });

  test('cuts each topic among those who want it', () => {
    const members = [member('m0', 'a'), member('m1', 'ab'), member('m2', 'b')];
    expect(textsOf(range(task({ a: 2, b: 3 }, members)))).toEqual({ m0: 'a0', m1: 'a1 b0 b1', m2: 'b2' });
  });
});

function lost(before: Partitions = new Map(), after: Partitions = new Map()): number {
  const left = new Set(textOf(after).split(' '));
  return textOf(before)
    .split(' ')
    .filter((partition) => partition !== '' && !left.has(partition)).length;
}
