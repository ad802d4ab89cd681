import { errorCode } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { ConsumerShard, settle, TestConsumer, textOf, topicIdOf, topicsView } from '../../../testing/consumer-shard.ts';
import { testSettings } from '../../../testing/group-shard.ts';
import type { ConsumerHeartbeatEvent } from './heartbeat-event.ts';
import { partitionsOf } from './partitions.ts';

function shardWith(
  counts: Readonly<Record<string, number>> = { t: 4 },
  consumer: Partial<typeof testSettings.consumer> = {},
): ConsumerShard {
  const shard = new ConsumerShard({ consumer: { ...testSettings.consumer, ...consumer } });
  shard.setTopics(topicsView(counts));
  return shard;
}

const join = { memberEpoch: 0, rebalanceTimeoutMs: 60_000, subscribedTopicNames: ['t'], topicPartitions: [] };

describe('A heartbeat of a consumer group', () => {
  test('lets the first member have all partitions at once', () => {
    const shard = shardWith();
    const reply = shard.beat(join);
    expect(reply).toMatchObject({ errorCode: 0, memberId: 'm', memberEpoch: 2, heartbeatIntervalMs: 5_000 });
    expect(textOf(partitionsOf(reply.assignment?.topicPartitions ?? []))).toBe('t0 t1 t2 t3');
    expect(shard.describe()).toMatchObject({ groupState: 'Stable', groupEpoch: 2, assignmentEpoch: 2 });
  });

  test('gives a second member its share once the first one has given it up', () => {
    const shard = shardWith();
    const one = new TestConsumer(shard, 'one');
    const two = new TestConsumer(shard, 'two');
    settle(one);
    two.beat();
    expect([two.epoch, textOf(two.assigned)]).toEqual([3, '']);
    one.beat();
    expect([one.epoch, textOf(one.assigned)]).toEqual([2, 't0 t1']);
    two.beat();
    expect(textOf(two.assigned)).toBe('');
    one.apply();
    one.beat();
    expect(one.epoch).toBe(3);
    two.beat();
    expect(textOf(two.assigned)).toBe('t2 t3');
    expect(shard.describe().groupState).toBe('Stable');
  });

  test('says nothing of the assignment while that is what it was, unless a member tells all about itself', () => {
    const shard = shardWith();
    shard.beat(join);
    expect(shard.beat({ memberEpoch: 2 }).assignment).toBeNull();
    const topicPartitions = [{ topicId: topicIdOf('t'), partitions: [0, 1, 2, 3] }];
    expect(shard.beat({ ...join, memberEpoch: 2, topicPartitions }).assignment).toEqual({ topicPartitions });
  });

  test('writes nothing when nothing is new', () => {
    const shard = shardWith();
    shard.beat(join);
    const size = shard.log.length;
    shard.beat({ memberEpoch: 2 });
    shard.beat({ memberEpoch: 2, subscribedTopicNames: ['t'] });
    expect(shard.log.length).toBe(size);
  });

  test('gives a client of version 0 its id', () => {
    const reply = shardWith().beat({ ...join, memberId: '', newMemberId: 'given', bringsMemberId: false });
    expect(reply).toMatchObject({ errorCode: 0, memberId: 'given', memberEpoch: 2 });
  });

  const invalid: [string, Partial<ConsumerHeartbeatEvent>, string][] = [
    ['no member id', { ...join, memberId: '' }, "MemberId can't be empty."],
    ['no member id in an epoch', { memberId: '', memberEpoch: 2, bringsMemberId: false }, "MemberId can't be empty."],
    ['no group id', { ...join, groupId: '' }, "GroupId can't be empty."],
    ['an empty instance id', { ...join, instanceId: '' }, "InstanceId can't be empty."],
    ['an empty rack', { ...join, rackId: '' }, "RackId can't be empty."],
    [
      'no rebalance timeout',
      { ...join, rebalanceTimeoutMs: -1 },
      'RebalanceTimeoutMs must be provided in first request.',
    ],
    ['partitions at the start', { ...join, topicPartitions: null }, 'TopicPartitions must be empty when (re-)joining.'],
    [
      'no subscription',
      { ...join, subscribedTopicNames: null },
      'Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.',
    ],
    ['a static leave without an instance', { memberEpoch: -2 }, "InstanceId can't be null."],
    ['an epoch that does not exist', { memberEpoch: -3, instanceId: 'i' }, 'MemberEpoch is invalid.'],
    ['a name that no record holds', { ...join, memberId: 'x'.repeat(10_001) }, 'Names have at most 10000 characters.'],
    [
      'a subscription that no record holds',
      { ...join, subscribedTopicNames: Array.from({ length: 2_000 }, () => 'x'.repeat(249)) },
      'SubscribedTopicNames is too large.',
    ],
  ];
  test.each(invalid)('is invalid with %s', (_, event, errorMessage) => {
    const shard = shardWith();
    expect(shard.beat(event)).toMatchObject({ errorCode: errorCode.INVALID_REQUEST, errorMessage, memberId: null });
    expect(shard.log).toEqual([]);
  });

  test('names the assignors when it asks for another', () => {
    expect(shardWith().beat({ ...join, serverAssignor: 'sticky' })).toMatchObject({
      errorCode: errorCode.UNSUPPORTED_ASSIGNOR,
      errorMessage: 'ServerAssignor sticky is not supported. Supported assignors: uniform, range.',
    });
  });

  test('is assigned by what most members ask for, and anew when that changes', () => {
    const shard = shardWith({ t: 2, u: 2 });
    const one = new TestConsumer(shard, 'one', { subscribedTopicNames: ['t', 'u'] });
    const two = new TestConsumer(shard, 'two', { subscribedTopicNames: ['t', 'u'] });
    settle(one, two);
    const before = shard.describe();
    expect([before.assignorName, before.groupEpoch]).toEqual(['uniform', 3]);
    one.subscribe({ serverAssignor: 'range' });
    settle(one, two);
    expect(shard.describe()).toMatchObject({ assignorName: 'range', groupEpoch: 4, groupState: 'Stable' });
    expect([one.text, two.text]).toEqual(['t0 u0', 't1 u1']);
  });

  test('counts one vote for an assignor', () => {
    const shard = shardWith({ t: 3 }, { assignors: ['uniform', 'range'] });
    const ask = (memberId: string, serverAssignor: string) => shard.beat({ ...join, memberId, serverAssignor });
    ask('one', 'uniform');
    ask('two', 'range');
    ask('three', 'uniform');
    expect(shard.describe().assignorName).toBe('uniform');
    ask('four', 'range');
    ask('five', 'range');
    expect(shard.describe().assignorName).toBe('range');
  });

  test('is for a group that is there, except to join', () => {
    const shard = shardWith();
    for (const memberEpoch of [2, -1]) {
      expect(shard.beat({ memberEpoch }).errorCode).toBe(errorCode.GROUP_ID_NOT_FOUND);
    }
    shard.beat(join);
    expect(shard.beat({ memberId: 'other', memberEpoch: 2 }).errorCode).toBe(errorCode.UNKNOWN_MEMBER_ID);
    expect(shard.beat({ memberId: 'other', memberEpoch: -1 }).errorCode).toBe(errorCode.UNKNOWN_MEMBER_ID);
  });

  test('is refused when the group is full, except from members', () => {
    const shard = shardWith({ t: 4 }, { membersMax: 1 });
    shard.beat(join);
    expect(shard.beat({ ...join, memberId: 'other' }).errorCode).toBe(errorCode.GROUP_MAX_SIZE_REACHED);
    expect(shard.beat(join).errorCode).toBe(0);
  });
});

describe('The epoch of a member', () => {
  function twoMembers() {
    const shard = shardWith();
    const one = new TestConsumer(shard, 'one');
    const two = new TestConsumer(shard, 'two');
    settle(one, two);
    return { shard, one, two };
  }
  const has = (...partitions: number[]) => [{ topicId: topicIdOf('t'), partitions }];

  test('is fenced when it is not its own', () => {
    const { shard } = twoMembers();
    expect(shard.beat({ memberId: 'one', memberEpoch: 4 })).toMatchObject({
      errorCode: errorCode.FENCED_MEMBER_EPOCH,
      errorMessage:
        'The consumer group member has a greater member epoch (4) than the one known by the group coordinator (3). The member must abandon all its partitions and rejoin.',
    });
    expect(shard.beat({ memberId: 'one', memberEpoch: 2 }).errorCode).toBe(errorCode.FENCED_MEMBER_EPOCH);
  });

  test('may be the one before when the last answer may be lost: then it has no more than it was given', () => {
    const { shard } = twoMembers();
    const event = { memberId: 'one', memberEpoch: 2 };
    expect(shard.beat({ ...event, topicPartitions: has(0, 1) })).toMatchObject({ errorCode: 0, memberEpoch: 3 });
    expect(shard.beat({ ...event, topicPartitions: has(0, 1, 2) }).errorCode).toBe(errorCode.FENCED_MEMBER_EPOCH);
  });

  test('starts at 0 again for a member that has lost its own, and it keeps its place', () => {
    const { shard } = twoMembers();
    const reply = shard.beat({ ...join, memberId: 'one' });
    expect([reply.memberEpoch, shard.describe().groupEpoch]).toEqual([3, 3]);
    expect(textOf(partitionsOf(reply.assignment?.topicPartitions ?? []))).toBe('t0 t1');
  });
});

describe('A member of a consumer group', () => {
  test('that leaves makes room', () => {
    const shard = shardWith();
    const one = new TestConsumer(shard, 'one');
    const two = new TestConsumer(shard, 'two');
    settle(one, two);
    expect(two.leave()).toMatchObject({ errorCode: 0, memberId: 'two', memberEpoch: -1 });
    settle(one);
    expect(one.text).toBe('t0 t1 t2 t3');
    one.leave();
    expect(shard.describe()).toMatchObject({ groupState: 'Empty', members: [], groupEpoch: 5, assignmentEpoch: 5 });
  });

  test('is lost when it is silent for its session', () => {
    const shard = shardWith();
    const one = new TestConsumer(shard, 'one');
    const two = new TestConsumer(shard, 'two');
    settle(one, two);
    shard.advance(44_000);
    one.beat();
    shard.advance(1_001);
    expect(shard.describe().members.map(({ memberId }) => memberId)).toEqual(['one']);
    shard.advance(45_000);
    expect(shard.describe().groupState).toBe('Empty');
  });

  test('is lost when it does not give up partitions in its rebalance timeout, heartbeats or not', () => {
    const shard = shardWith();
    const one = new TestConsumer(shard, 'one', { rebalanceTimeoutMs: 20_000 });
    const two = new TestConsumer(shard, 'two');
    settle(one);
    two.beat();
    one.beat();
    for (let round = 0; round < 4; round++) {
      shard.advance(5_001);
      one.beat();
      two.beat();
    }
    expect(one.epoch).toBe(0);
    settle(two);
    expect(two.text).toBe('t0 t1 t2 t3');
  });

  test('stays when it has given up its partitions in time', () => {
    const shard = shardWith();
    const one = new TestConsumer(shard, 'one', { rebalanceTimeoutMs: 20_000 });
    const two = new TestConsumer(shard, 'two');
    settle(one);
    settle(two, one);
    shard.advance(30_000);
    settle(one, two);
    expect([one.epoch, one.text]).toEqual([3, 't0 t1']);
  });

  test('has its whole session, and its time to give up partitions, again after a fail-over', () => {
    const shard = shardWith();
    const one = new TestConsumer(shard, 'one', { rebalanceTimeoutMs: 20_000 });
    settle(one);
    new TestConsumer(shard, 'two').beat();
    one.beat();
    shard.advance(15_000);
    shard.crash();
    shard.advance(19_999);
    expect(shard.describe().members).toHaveLength(2);
    shard.advance(1);
    expect(shard.describe().members.map(({ memberId }) => memberId)).toEqual(['two']);
    shard.advance(25_000);
    expect(shard.describe().members).toEqual([]);
  });

  test('that no longer subscribes to a topic gives it up before anything else', () => {
    const shard = shardWith({ t: 2, u: 2 });
    const one = new TestConsumer(shard, 'one', { subscribedTopicNames: ['t', 'u'] });
    settle(one);
    one.subscribe({ subscribedTopicNames: ['u'] });
    one.beat();
    expect(textOf(one.assigned)).toBe('u0 u1');
    expect(one.epoch).toBe(2);
    settle(one);
    expect([one.epoch, one.text]).toEqual([3, 'u0 u1']);
  });

  test('gets its assignment later when the last one was made a moment ago', () => {
    const shard = shardWith({ t: 4 }, { assignmentIntervalMs: 1_000 });
    const one = new TestConsumer(shard, 'one');
    const two = new TestConsumer(shard, 'two');
    settle(one);
    two.beat();
    expect([two.epoch, shard.describe().groupState]).toEqual([2, 'Assigning']);
    shard.advance(1_000);
    settle(two, one);
    expect([one.text, two.text]).toEqual(['t0 t1', 't2 t3']);
  });
});

describe('A group with configs of its own', () => {
  test('goes by them', () => {
    const shard = shardWith();
    const timings = { sessionTimeoutMs: 50_000, heartbeatIntervalMs: 6_000, assignmentIntervalMs: 2_000 };
    shard.setTopics({ ...shard.topics, groupTimings: new Map([['g', timings]]) });
    const one = new TestConsumer(shard, 'one');
    expect(one.beat().heartbeatIntervalMs).toBe(6_000);
    settle(one);
    const two = new TestConsumer(shard, 'two');
    two.beat();
    expect(shard.describe().groupState).toBe('Assigning');
    shard.advance(49_999);
    expect(shard.describe().members).toHaveLength(2);
    shard.crash();
    shard.advance(49_999);
    expect(shard.describe().members).toHaveLength(2);
    shard.advance(1);
    expect(shard.describe().members).toHaveLength(0);
    expect(shard.beat({ ...join, groupId: 'h' }).heartbeatIntervalMs).toBe(5_000);
  });
});

describe('A static member', () => {
  const options = { instanceId: 'i' };

  test('that goes for now is given its partitions again under its new id, and nobody rebalances', () => {
    const shard = shardWith();
    const one = new TestConsumer(shard, 'one', options);
    const two = new TestConsumer(shard, 'two');
    settle(one, two);
    expect(one.leave(-2)).toMatchObject({ errorCode: 0, memberEpoch: -2 });
    const again = new TestConsumer(shard, 'again', options);
    const reply = again.beat();
    expect(reply).toMatchObject({ memberId: 'again', memberEpoch: 3 });
    expect(textOf(again.assigned)).toBe('t0 t1');
    expect(shard.describe()).toMatchObject({ groupEpoch: 3, groupState: 'Stable' });
  });

  test('keeps its instance while it lives, and is fenced once that has another', () => {
    const shard = shardWith();
    const one = new TestConsumer(shard, 'one', options);
    settle(one);
    const again = new TestConsumer(shard, 'again', options);
    expect(again.beat().errorCode).toBe(errorCode.UNRELEASED_INSTANCE_ID);
    const { epoch } = one;
    one.leave(-2);
    again.beat();
    const event = { memberId: 'one', instanceId: 'i', memberEpoch: epoch };
    expect(shard.beat(event).errorCode).toBe(errorCode.FENCED_INSTANCE_ID);
    expect(shard.beat({ ...event, memberEpoch: -1 }).errorCode).toBe(errorCode.FENCED_INSTANCE_ID);
    expect(shard.beat({ ...event, instanceId: 'j' }).errorCode).toBe(errorCode.UNKNOWN_MEMBER_ID);
  });

  test('keeps its partitions from others while it is away', () => {
    const shard = shardWith();
    const one = new TestConsumer(shard, 'one', options);
    const two = new TestConsumer(shard, 'two');
    settle(one);
    one.leave(-2);
    settle(two);
    expect([two.epoch, two.text]).toEqual([3, '']);
    shard.advance(44_000);
    settle(two);
    expect(two.text).toBe('');
    shard.advance(1_001);
    settle(two);
    expect(two.text).toBe('t0 t1 t2 t3');
  });

  test('that does not come back is lost with its session', () => {
    const shard = shardWith();
    const one = new TestConsumer(shard, 'one', options);
    settle(one);
    one.leave(-2);
    shard.advance(45_000);
    expect(shard.describe().groupState).toBe('Empty');
  });
});

describe('Topics of a consumer group', () => {
  test('that get more partitions are assigned anew with the next heartbeat', () => {
    const shard = shardWith({ t: 1 });
    const one = new TestConsumer(shard, 'one');
    settle(one);
    shard.setTopics(topicsView({ t: 3 }));
    one.beat();
    expect([one.epoch, textOf(one.assigned)]).toEqual([3, 't0 t1 t2']);
  });

  test('that come later, go, or are others with the same name are noticed', () => {
    const shard = shardWith({});
    const one = new TestConsumer(shard, 'one');
    settle(one);
    expect([one.epoch, one.text]).toEqual([2, '']);
    shard.setTopics(topicsView({ t: 1 }));
    settle(one);
    expect([one.epoch, one.text]).toEqual([3, 't0']);
    shard.setTopics(topicsView({ t: 1 }, 'B'));
    settle(one);
    expect([one.epoch, [...one.owned.keys()]]).toEqual([4, [topicIdOf('t', 'B')]]);
    shard.setTopics(topicsView({}));
    settle(one);
    expect([one.epoch, one.text]).toEqual([5, '']);
  });

  test('that nobody subscribes to do not matter', () => {
    const shard = shardWith({ t: 1 });
    const one = new TestConsumer(shard, 'one');
    settle(one);
    shard.setTopics(topicsView({ t: 1, u: 1 }));
    settle(one);
    expect(one.epoch).toBe(2);
  });

  test('can be told by a regular expression, which is resolved again as topics come and go', () => {
    const shard = shardWith({ 'log.a': 1, 'log.b': 1, other: 1 });
    const one = new TestConsumer(shard, 'one', { subscribedTopicRegex: 'log\\..*' });
    settle(one);
    expect(one.text).toBe('log.a0 log.b0');
    shard.setTopics(topicsView({ 'log.a': 1, 'log.c': 2, other: 1 }));
    settle(one);
    expect(one.text).toBe('log.a0 log.c0 log.c1');
    expect(shard.describe().members[0]).toMatchObject({ subscribedTopicRegex: 'log\\..*', subscribedTopicNames: [] });
    one.subscribe({ subscribedTopicRegex: '', subscribedTopicNames: ['other'] });
    settle(one);
    expect(one.text).toBe('other0');
  });

  test('cannot be told by what is no regular expression of RE2', () => {
    const shard = shardWith();
    for (const subscribedTopicRegex of ['(', 'a(?=b)', '\\1']) {
      const reply = shard.beat({ ...join, subscribedTopicNames: null, subscribedTopicRegex });
      expect(reply.errorCode).toBe(errorCode.INVALID_REGULAR_EXPRESSION);
      expect(reply.errorMessage).toContain(`SubscribedTopicRegex \`${subscribedTopicRegex}\` is not a valid`);
    }
    expect(shard.log).toEqual([]);
  });
});
