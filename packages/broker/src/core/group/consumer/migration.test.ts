import { codecOf, errorCode, Reader, storedRecords } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { ConsumerShard, settle, TestConsumer, topicIdOf, topicsView } from '../../../testing/consumer-shard.ts';
import { subscriptionTo, testSettings } from '../../../testing/group-shard.ts';
import type { JoinReply } from '../replies.ts';
import type { MigrationPolicy } from './consumer-settings.ts';
import { writeAssignment } from './embedded-protocol.ts';
import { partitionsOf } from './partitions.ts';

const topics = topicsView({ t: 4 });

function shardWith(migrationPolicy: MigrationPolicy = 'bidirectional'): ConsumerShard {
  const shard = new ConsumerShard({ consumer: { ...testSettings.consumer, migrationPolicy } });
  shard.setTopics(topics);
  return shard;
}

function assignmentOf(...partitions: number[]): Buffer {
  return writeAssignment(partitionsOf([{ topicId: topicIdOf('t'), partitions }]), 0, topics);
}

/** The partitions in what a SyncGroup was answered. */
function read(assignment: Buffer): readonly number[] {
  const { assignedPartitions } = codecOf(storedRecords.consumerProtocolAssignment, 0).read(new Reader(assignment, 2));
  return assignedPartitions.flatMap(({ partitions }) => partitions);
}

/** A stable classic group of two, which have two partitions each unless something else is said. */
function classicGroup(
  shard: ConsumerShard,
  shares: readonly [Buffer, Buffer] = [assignmentOf(0, 1), assignmentOf(2, 3)],
): [JoinReply, JoinReply] {
  const { memberId } = shard.join().reply;
  const second = shard.join();
  const one = shard.join({ memberId }).reply;
  const two = second.reply;
  const assignments = [one, two].map((reply, index) => ({
    memberId: reply.memberId,
    assignment: shares[index] as Buffer,
  }));
  const event = { ...one, groupId: 'g', groupInstanceId: null, protocolType: null, protocolName: null, assignments };
  shard.ask((core, turn) => core.sync(event, turn));
  shard.sync(two);
  return [one, two];
}

/** Does what a client of the classic protocol does when it is told to rebalance. */
function rejoin(shard: ConsumerShard, memberId: string): { generationId: number; partitions: readonly number[] } {
  const joined = shard.join({ memberId }).reply;
  expect(joined.errorCode).toBe(0);
  const synced = shard.sync(joined).reply;
  expect(synced.errorCode).toBe(0);
  return { generationId: joined.generationId, partitions: read(synced.assignment) };
}

describe('A classic group that a consumer of KIP-848 joins', () => {
  test('becomes a consumer group, in which its members keep what they have until they are told', () => {
    const shard = shardWith();
    const [one, two] = classicGroup(shard);
    const three = new TestConsumer(shard, 'three');
    three.beat();
    expect([three.epoch, three.text]).toEqual([3, '']);
    expect(shard.describe().members.map(({ memberId, memberType }) => [memberId, memberType])).toEqual([
      [one.memberId, 0],
      [two.memberId, 0],
      ['three', 1],
    ]);
    expect(shard.state()).toBe('Dead'); // As DescribeGroups tells of groups that are not classic.
    expect(shard.heartbeat(one)).toBe(errorCode.REBALANCE_IN_PROGRESS);
    const first = rejoin(shard, one.memberId);
    const second = rejoin(shard, two.memberId);
    settle(three);
    expect([...first.partitions, ...second.partitions].length + three.text.split(' ').length).toBe(4);
    expect(three.text).not.toBe('');
    expect(shard.describe().groupState).toBe('Stable');
    expect(shard.heartbeat({ memberId: one.memberId, generationId: first.generationId })).toBe(0);
  });

  test('tells those who wait in it to join again', () => {
    const shard = shardWith();
    const [one] = classicGroup(shard);
    const waiting = shard.join({ memberId: one.memberId });
    expect(waiting.isAnswered).toBe(false);
    shard.beat({ rebalanceTimeoutMs: 1, subscribedTopicNames: ['t'], topicPartitions: [] });
    expect(waiting.reply.errorCode).toBe(errorCode.REBALANCE_IN_PROGRESS);
    expect(shard.describe().members).toHaveLength(3);
  });

  test('is replaced when nobody is in it, and keeps its offsets', () => {
    const shard = shardWith();
    const [one, two] = classicGroup(shard);
    const partition = { partitionIndex: 0, committedOffset: 7, committedLeaderEpoch: 0, committedMetadata: null };
    const commit = {
      ...{ groupId: 'g', memberId: one.memberId, groupInstanceId: null, generationId: one.generationId },
      ...{ retentionMs: -1, knowsMissingGroups: true },
      topics: [{ name: 't', topicId: topicIdOf('t'), partitionCount: 4, partitions: [partition] }],
    };
    expect(shard.call((core, turn) => core.commit(commit, turn)).errorCode).toBe(0);
    for (const { memberId } of [one, two]) shard.leave(memberId);
    expect(shard.state()).toBe('Empty');
    settle(new TestConsumer(shard, 'three'));
    expect(shard.describe()).toMatchObject({ groupState: 'Stable', groupEpoch: 2 });
    shard.crash();
    const asked = { groupId: 'g', memberId: null, memberEpoch: -1, requireStable: false, topics: null };
    const fetched = shard.call((core, turn) => core.fetchOffsets(asked, turn));
    expect(fetched.topics[0]?.partitions[0]?.committedOffset).toBe(7);
  });

  test.each<[MigrationPolicy, string]>([
    ['disabled', 'online upgrade is disabled'],
    ['downgrade', 'online upgrade is disabled'],
  ])('stays as it is under the policy %s', (policy, reason) => {
    const shard = shardWith(policy);
    const [one] = classicGroup(shard);
    expect(new TestConsumer(shard, 'three').beat()).toMatchObject({
      errorCode: errorCode.GROUP_ID_NOT_FOUND,
      errorMessage: `Cannot upgrade classic group g to consumer group because ${reason}.`,
    });
    expect(shard.heartbeat(one)).toBe(0);
    expect(shard.state()).toBe('Stable');
  });

  test('stays as it is when its members are no consumers, or have what only their assignor understands', () => {
    const shard = shardWith();
    shard.join({ groupId: 'connect', protocolType: 'connect' });
    const connect = { groupId: 'connect', rebalanceTimeoutMs: 1, subscribedTopicNames: ['t'], topicPartitions: [] };
    expect(shard.beat(connect).errorMessage).toContain('does not use the consumer embedded protocol');
    const [member] = shard.stableGroup(1);
    const three = new TestConsumer(shard, 'three');
    expect(three.beat().errorMessage).toContain('an unsupported custom assignor is in use');
    expect(shard.heartbeat(member as JoinReply)).toBe(0);
    shard.leave((member as JoinReply).memberId);
    shard.join({ protocols: [{ name: 'range', metadata: Buffer.from([0]) }] });
    expect(three.beat().errorMessage).toContain('the embedded consumer protocol is malformed');
  });

  test('gives a partition that an assignor gave to two to the first', () => {
    const shard = shardWith();
    classicGroup(shard, [assignmentOf(0), assignmentOf(0)]);
    new TestConsumer(shard, 'three').beat();
    const had = shard
      .describe()
      .members.map(({ assignment }) => assignment.topicPartitions.map((each) => each.partitions));
    expect(had).toEqual([[[0]], [], [[2]]]);
  });
});

describe('A client of the classic protocol', () => {
  function mixed() {
    const shard = shardWith();
    const one = new TestConsumer(shard, 'one');
    settle(one);
    return { shard, one };
  }

  test('joins a consumer group, and is assigned by the broker', () => {
    const { shard, one } = mixed();
    expect(shard.join({ expectsMemberId: true }).reply.errorCode).toBe(errorCode.MEMBER_ID_REQUIRED);
    const joined = shard.join({ memberId: 'given' }).reply;
    expect(joined).toMatchObject({ errorCode: 0, generationId: 3, protocolName: 'range', leader: '', members: [] });
    expect(read(shard.sync(joined).reply.assignment)).toEqual([]);
    settle(one);
    expect(shard.heartbeat(joined)).toBe(errorCode.REBALANCE_IN_PROGRESS);
    expect(rejoin(shard, 'given')).toEqual({ generationId: 3, partitions: [2, 3] });
    expect(shard.heartbeat(joined)).toBe(0);
    expect([one.text, shard.describe().groupState]).toEqual(['t0 t1', 'Stable']);
  });

  test('is refused with what does not fit the group', () => {
    const { shard } = mixed();
    expect(shard.join({ protocolType: 'connect' }).reply.errorCode).toBe(errorCode.INCONSISTENT_GROUP_PROTOCOL);
    const malformed = [{ name: 'range', metadata: Buffer.from([1]) }];
    expect(shard.join({ protocols: malformed }).reply.errorCode).toBe(errorCode.INCONSISTENT_GROUP_PROTOCOL);
    shard.join();
    const other = [{ name: 'sticky', metadata: subscriptionTo('t') }];
    expect(shard.join({ protocols: other }).reply.errorCode).toBe(errorCode.INCONSISTENT_GROUP_PROTOCOL);
    expect(shard.heartbeat({ memberId: 'one', generationId: 2 })).toBe(errorCode.UNKNOWN_MEMBER_ID);
    expect(shard.sync({ memberId: 'nobody', generationId: 1 }).reply.errorCode).toBe(errorCode.UNKNOWN_MEMBER_ID);
    const disabled = shardWith('disabled');
    settle(new TestConsumer(disabled, 'one'));
    expect(disabled.join().reply.errorCode).toBe(errorCode.INCONSISTENT_GROUP_PROTOCOL);
  });

  test('is told when its generation is not that of the group, or when it has to join again first', () => {
    const { shard, one } = mixed();
    const joined = shard.join().reply;
    settle(one);
    expect(shard.heartbeat({ ...joined, generationId: 1 })).toBe(errorCode.ILLEGAL_GENERATION);
    expect(shard.sync({ ...joined, generationId: 1 }).reply.errorCode).toBe(errorCode.ILLEGAL_GENERATION);
    new TestConsumer(shard, 'two').beat();
    expect(shard.sync(joined).reply.errorCode).toBe(errorCode.REBALANCE_IN_PROGRESS);
  });

  test('that does not join again, or does not sync, in its rebalance timeout is lost', () => {
    const { shard, one } = mixed();
    const joined = shard.join({ rebalanceTimeoutMs: 8_000 }).reply;
    settle(one);
    shard.advance(8_000);
    expect(shard.describe().members.map(({ memberId }) => memberId)).toEqual(['one']);
    const again = shard.join({ rebalanceTimeoutMs: 8_000 }).reply;
    shard.sync(again);
    new TestConsumer(shard, 'two').beat();
    for (let second = 0; second < 8; second++) {
      expect(shard.heartbeat(again)).toBe(errorCode.REBALANCE_IN_PROGRESS);
      shard.advance(1_000);
    }
    expect(shard.heartbeat(again)).toBe(errorCode.UNKNOWN_MEMBER_ID);
    expect(shard.heartbeat(joined)).toBe(errorCode.UNKNOWN_MEMBER_ID);
  });

  test('joins a group that nobody is in as a classic one', () => {
    const { shard, one } = mixed();
    one.leave();
    const [member] = shard.stableGroup(1);
    expect(member).toMatchObject({ errorCode: 0, generationId: 1 });
    expect([shard.state(), shard.describe().errorCode]).toEqual(['Stable', errorCode.GROUP_ID_NOT_FOUND]);
    shard.crash();
    expect(shard.state()).toBe('Stable');
  });
});

describe('A consumer group whose last member of KIP-848 leaves', () => {
  function mixed(policy: MigrationPolicy = 'bidirectional') {
    const shard = shardWith(policy);
    const one = new TestConsumer(shard, 'one');
    settle(one);
    const { memberId } = shard.join().reply;
    settle(one);
    const joined = rejoin(shard, memberId);
    settle(one);
    return { shard, one, classic: { memberId, ...joined } };
  }

  test('is a classic group, whose members learn that they have to rebalance', () => {
    const { shard, one, classic } = mixed();
    one.leave();
    shard.advance(0);
    expect(shard.state()).toBe('PreparingRebalance');
    expect(shard.heartbeat(classic)).toBe(errorCode.REBALANCE_IN_PROGRESS);
    const joined = shard.join({ memberId: classic.memberId }).reply;
    expect(joined).toMatchObject({ errorCode: 0, generationId: classic.generationId + 1, leader: classic.memberId });
    shard.sync(joined, { assignments: {} });
    expect(shard.state()).toBe('Stable');
    expect(shard.describe().errorCode).toBe(errorCode.GROUP_ID_NOT_FOUND);
  });

  test('is one as well when the broker fails in between', () => {
    const { shard, one, classic } = mixed();
    one.leave();
    shard.crash();
    shard.advance(0);
    expect(shard.heartbeat(classic)).toBe(errorCode.REBALANCE_IN_PROGRESS);
  });

  test('is one when that member is only lost', () => {
    const { shard, classic } = mixed();
    for (let second = 0; second < 50; second++) {
      shard.heartbeat(classic);
      shard.advance(1_000);
    }
    expect(shard.heartbeat(classic)).toBe(errorCode.REBALANCE_IN_PROGRESS);
    expect(shard.state()).toBe('PreparingRebalance');
  });

  test('stays a consumer group under a policy without downgrades', () => {
    const { shard, one, classic } = mixed('upgrade');
    one.leave();
    shard.advance(0);
    expect(shard.describe().members).toMatchObject([{ memberId: classic.memberId, memberType: 0 }]);
    expect(rejoin(shard, classic.memberId).partitions).toEqual([0, 1, 2, 3]);
  });

  test('is empty, and stays what it is, when the others leave as well', () => {
    const { shard, one, classic } = mixed('upgrade');
    one.leave();
    expect(shard.leave(classic.memberId)).toBe(0);
    expect(shard.describe()).toMatchObject({ errorCode: 0, groupState: 'Empty' });
  });
});
