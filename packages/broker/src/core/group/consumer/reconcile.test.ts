import { describe, expect, test } from 'vitest';
import { textOf, topicIdOf } from '../../../testing/consumer-shard.ts';
import { type ConsumerMember, unknownMember } from './consumer-member.ts';
import { type OwnedPartitions, ownedSince, type Partitions, partitionsOf } from './partitions.ts';
import { type Destination, reconcile } from './reconcile.ts';

const t = topicIdOf('t');

function partitions(...indexes: number[]): Partitions {
  return partitionsOf([{ topicId: t, partitions: indexes }]);
}

function member(assigned: readonly number[], more: Partial<ConsumerMember> = {}): ConsumerMember {
  const base = { ...unknownMember('m'), memberEpoch: 1, previousMemberEpoch: 0 };
  return { ...base, assigned: ownedSince(1, partitions(...assigned)), ...more };
}

function towards(
  target: readonly number[],
  more: Partial<Destination> & { taken?: readonly number[] } = {},
): Destination {
  const { taken = [], ...rest } = more;
  return {
    epoch: 2,
    target: partitions(...target),
    topicIds: new Set([t]),
    hasSubscriptionChanged: false,
    reported: null,
    isTaken: (_, index) => taken.includes(index),
    ...rest,
  };
}

const report = (...indexes: number[]) => [{ topicId: t, partitions: indexes }];
const show = (owned: OwnedPartitions) =>
  textOf(new Map(Array.from(owned, ([id, epochs]) => [id, new Set(epochs.keys())])));

function shown({ memberEpoch, previousMemberEpoch, state, assigned, pendingRevocation }: ConsumerMember) {
  return [memberEpoch, previousMemberEpoch, state, show(assigned), show(pendingRevocation)];
}

describe('A member on its way to its target', () => {
  test.each<[string, ConsumerMember, Destination, unknown[]]>([
    ['gets what is free', member([0]), towards([0, 1]), [2, 1, 'stable', 't0 t1', '']],
    ['waits for what is not', member([0]), towards([0, 1, 2], { taken: [1] }), [2, 1, 'unreleased', 't0 t2', '']],
    ['gives up first, in its epoch', member([0, 1]), towards([0, 2]), [1, 1, 'unrevoked', 't0', 't1']],
    [
      'gives up at once what it does not have',
      member([0, 1]),
      towards([0], { reported: report(0) }),
      [2, 1, 'stable', 't0', ''],
    ],
    [
      'goes on giving up while it still has something of it',
      member([0], { state: 'unrevoked', pendingRevocation: ownedSince(1, partitions(1)) }),
      towards([0, 2], { reported: report(0, 1) }),
      [1, 0, 'unrevoked', 't0', 't1'],
    ],
    [
      'goes on when it has given up',
      member([0], { state: 'unrevoked', pendingRevocation: ownedSince(1, partitions(1)) }),
      towards([0, 2], { reported: report(0) }),
      [2, 1, 'stable', 't0 t2', ''],
    ],
    [
      'has to give up more when its target has changed again',
      member([0, 1], { state: 'unrevoked', pendingRevocation: ownedSince(1, partitions(2)) }),
      towards([0], { reported: report(0, 1) }),
      [1, 1, 'unrevoked', 't0', 't1'],
    ],
    [
      'gets what it waited for',
      member([0], { state: 'unreleased', memberEpoch: 2 }),
      towards([0, 1]),
      [2, 2, 'stable', 't0 t1', ''],
    ],
    ['stays where it is when it is there', member([0], { memberEpoch: 2 }), towards([0]), [2, 0, 'stable', 't0', '']],
    [
      'is not given what it does not subscribe to',
      member([]),
      towards([0], { topicIds: new Set() }),
      [2, 1, 'stable', '', ''],
    ],
    [
      'gives up what it no longer subscribes to before there is a new target',
      member([0], { memberEpoch: 2 }),
      towards([0], { topicIds: new Set(), hasSubscriptionChanged: true }),
      [2, 2, 'unrevoked', '', 't0'],
    ],
    [
      'adds that to what it is giving up',
      member([0], { state: 'unrevoked', pendingRevocation: ownedSince(1, partitions(1)) }),
      towards([0], { topicIds: new Set(), hasSubscriptionChanged: true, reported: report(0, 1) }),
      [1, 1, 'unrevoked', '', 't0 t1'],
    ],
  ])('%s', (_, before, destination, after) => {
    expect(shown(reconcile(before, destination))).toEqual(after);
  });

  test('keeps the epochs in which it got its partitions', () => {
    const { assigned } = reconcile(member([0]), towards([0, 1]));
    expect([...(assigned.get(t) ?? [])]).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });
});
