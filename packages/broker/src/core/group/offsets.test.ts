import { errorCode, zeroUuid } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { commit, nothing, offsets, topicId } from '../../testing/group-offsets.ts';
import { anybody, subscriptionTo, TestShard } from '../../testing/group-shard.ts';
import type { CommitEvent } from './commit-event.ts';

describe('a commit', () => {
  test('of all partitions of a request is remembered in one step, and after a crash', () => {
    const shard = new TestShard();
    expect(commit(shard)).toEqual([0, 0]);
    expect(offsets(shard)).toEqual([[5, 3, 'm'], [6, 3, 'm'], nothing]);
    shard.crash();
    expect(offsets(shard)).toEqual([[5, 3, 'm'], [6, 3, 'm'], nothing]);
    expect(offsets(shard, 'other')).toEqual([nothing, nothing, nothing]);
  });

  test('without a member is accepted while the group has none', () => {
    const shard = new TestShard();
    expect(commit(shard)).toEqual([0, 0]);
    shard.stableGroup();
    expect(commit(shard)).toEqual([errorCode.UNKNOWN_MEMBER_ID, errorCode.UNKNOWN_MEMBER_ID]);
    shard.leave('m1');
    expect(commit(shard)).toEqual([0, 0]);
  });

  test('of a member is accepted in its own generation once there are assignments', () => {
    const shard = new TestShard();
    const { memberId, generationId } = shard.join().reply;
    const first = (event: Partial<CommitEvent>) => commit(shard, { memberId, generationId, ...event })[0];
    expect(first({})).toBe(errorCode.REBALANCE_IN_PROGRESS);
    shard.sync({ memberId, generationId }, { assignments: {} });
    expect(first({})).toBe(0);
    expect(first({ generationId: 0 })).toBe(errorCode.ILLEGAL_GENERATION);
    expect(first({ generationId: -1 })).toBe(errorCode.ILLEGAL_GENERATION);
    expect(first({ memberId: 'nobody' })).toBe(errorCode.UNKNOWN_MEMBER_ID);
    expect(first({ groupInstanceId: 'nobody' })).toBe(errorCode.UNKNOWN_MEMBER_ID);
    shard.join();
    expect(first({})).toBe(0);
  });

  test('of a member is a sign of life', () => {
    const shard = new TestShard();
    shard.stableGroup(1, { sessionTimeoutMs: 10_000 });
    shard.advance(9_000);
    commit(shard, { memberId: 'm1', generationId: 1 });
    shard.advance(9_000);
    expect(shard.state()).toBe('Stable');
  });

  test('with a generation of a group that is not there is refused as the version knows', () => {
    const event = { memberId: 'm1', generationId: 1 };
    expect(commit(new TestShard(), event)[0]).toBe(errorCode.GROUP_ID_NOT_FOUND);
    expect(commit(new TestShard(), { ...event, knowsMissingGroups: false })[0]).toBe(errorCode.ILLEGAL_GENERATION);
  });

  test('refuses partitions one by one', () => {
    const shard = new TestShard();
    const partition = (partitionIndex: number, committedMetadata: string | null) => ({
      partitionIndex,
      committedOffset: 1,
      committedLeaderEpoch: -1,
      committedMetadata,
    });
    const results = commit(shard, {
      topics: [
        { name: 't', topicId, partitionCount: 2, partitions: [partition(0, 'x'.repeat(4_097)), partition(1, null)] },
        { name: 't', topicId, partitionCount: 2, partitions: [partition(2, ''), partition(-1, '')] },
        { name: 'none', topicId: zeroUuid, partitionCount: 0, partitions: [partition(0, '')] },
        { name: '', topicId, partitionCount: 0, partitions: [partition(0, '')] },
      ],
    });
    const unknown = errorCode.UNKNOWN_TOPIC_OR_PARTITION;
    expect(results).toEqual([
      errorCode.OFFSET_METADATA_TOO_LARGE,
      0,
      unknown,
      unknown,
      unknown,
      errorCode.UNKNOWN_TOPIC_ID,
    ]);
    expect(offsets(shard)).toEqual([nothing, [1, -1, ''], nothing]);
  });

  test('of names as odd as __proto__ is like any other', () => {
    const shard = new TestShard();
    const partitions = [{ partitionIndex: 0, committedOffset: 9, committedLeaderEpoch: 0, committedMetadata: null }];
    const topics = [{ name: 'constructor', topicId, partitionCount: 1, partitions }];
    commit(shard, { groupId: '__proto__', topics });
    const all = shard.call((core, turn) => core.fetchOffsets({ ...anybody, groupId: '__proto__', topics: null }, turn));
    expect(all.topics).toMatchObject([{ name: 'constructor', partitions: [{ committedOffset: 9 }] }]);
  });
});

describe('offsets are fetched', () => {
  test('for all topics when none is named', () => {
    const shard = new TestShard();
    commit(shard);
    const all = (groupId: string) =>
      shard.call((core, turn) => core.fetchOffsets({ ...anybody, groupId, topics: null }, turn)).topics;
    expect(all('g')).toMatchObject([{ name: 't', partitions: [{ committedOffset: 5 }, { committedOffset: 6 }] }]);
    expect(all('other')).toEqual([]);
  });

  test('not for a topic that only has the name of the one they were committed for', () => {
    const shard = new TestShard();
    commit(shard);
    expect(offsets(shard, 'g', 'AAAAAAAAAAAAAAAAAAAAAQ')).toEqual([nothing, nothing, nothing]);
    expect(offsets(shard, 'g', zeroUuid)[0]).toEqual([5, 3, 'm']);
  });
});

describe('offsets are deleted', () => {
  const deleteOffsets = (shard: TestShard, name = 't') => {
    const event = {
      groupId: 'g',
      topics: [{ name, partitionCount: 10, partitions: [{ partitionIndex: 0 }, { partitionIndex: 9 }] }],
    };
    const reply = shard.call((core, turn) => core.deleteOffsets(event, turn));
    return [reply.errorCode, ...reply.topics.flatMap(({ partitions }) => partitions.map((each) => each.errorCode))];
  };

  test('unless the group consumes the topic', () => {
    const shard = new TestShard();
    commit(shard);
    shard.stableGroup();
    expect(deleteOffsets(shard)).toEqual([0, errorCode.GROUP_SUBSCRIBED_TO_TOPIC, errorCode.GROUP_SUBSCRIBED_TO_TOPIC]);
    shard.crash();
    expect(deleteOffsets(shard)).toEqual([0, errorCode.GROUP_SUBSCRIBED_TO_TOPIC, errorCode.GROUP_SUBSCRIBED_TO_TOPIC]);
    expect(deleteOffsets(shard, 'other')).toEqual([0, 0, 0]);
    shard.leave('m1');
    expect(deleteOffsets(shard)).toEqual([0, 0, 0]);
    expect(offsets(shard)[0]).toEqual(nothing);
    expect(offsets(shard)[1]).toEqual([6, 3, 'm']);
  });

  test('of a consumer group with a subscription that nobody can read: none', () => {
    const shard = new TestShard();
    commit(shard);
    shard.stableGroup(1, { protocols: [{ name: 'range', metadata: Buffer.from('??') }] });
    expect(deleteOffsets(shard)[1]).toBe(errorCode.GROUP_SUBSCRIBED_TO_TOPIC);
  });

  test('of no group that is missing, unnamed, or lives and is not of consumers', () => {
    const shard = new TestShard();
    expect(deleteOffsets(shard)).toEqual([errorCode.GROUP_ID_NOT_FOUND]);
    expect(shard.call((core, turn) => core.deleteOffsets({ groupId: '', topics: [] }, turn)).errorCode).toBe(
      errorCode.INVALID_GROUP_ID,
    );
    shard.stableGroup(1, { protocolType: 'connect' });
    expect(deleteOffsets(shard)).toEqual([errorCode.NON_EMPTY_GROUP]);
  });

  test('with their group, when it is empty', () => {
    const shard = new TestShard();
    const remove = () => shard.call((core, turn) => core.deleteGroup('g', turn)).errorCode;
    expect(remove()).toBe(errorCode.GROUP_ID_NOT_FOUND);
    commit(shard);
    shard.stableGroup();
    expect(remove()).toBe(errorCode.NON_EMPTY_GROUP);
    shard.leave('m1');
    expect(remove()).toBe(0);
    expect(offsets(shard)).toEqual([nothing, nothing, nothing]);
    shard.crash();
    expect(offsets(shard)).toEqual([nothing, nothing, nothing]);
    expect(shard.state()).toBe('Dead');
  });

  test('with their topic', () => {
    const shard = new TestShard();
    commit(shard);
    commit(shard, { groupId: 'h' });
    shard.run((core, turn) => core.topicDeleted({ name: 't', id: topicId }, turn));
    expect([offsets(shard), offsets(shard, 'h')].flat()).toEqual(Array(6).fill(nothing));
  });
});

describe('offsets expire', () => {
  const retentionMs = 10_000_000;
  const expire = (shard: TestShard) => shard.run((core, turn) => core.expireOffsets(turn));
  const isKept = (shard: TestShard) => offsets(shard)[0]?.[0] !== -1;

  test('some time after the commit when the group never had members, and the group with them', () => {
    const shard = new TestShard();
    commit(shard);
    shard.advance(retentionMs - 1);
    expire(shard);
    expect(isKept(shard)).toBe(true);
    shard.advance(1);
    expire(shard);
    expect(isKept(shard)).toBe(false);
    expect(shard.state()).toBe('Dead');
  });

  test('some time after the group became empty, however old the commit is', () => {
    const shard = new TestShard();
    shard.stableGroup(1, { sessionTimeoutMs: 1_800_000 });
    commit(shard, { memberId: 'm1', generationId: 1 });
    for (let beat = 0; beat < 10; beat++) {
      shard.advance(1_700_000);
      shard.heartbeat({ memberId: 'm1', generationId: 1 });
    }
    expire(shard);
    expect(isKept(shard)).toBe(true);
    shard.leave('m1');
    shard.crash();
    shard.advance(retentionMs - 1);
    expire(shard);
    expect(isKept(shard)).toBe(true);
    shard.advance(1);
    expire(shard);
    expect(isKept(shard)).toBe(false);
  });

  test('in a stable group for the topics that it no longer consumes, and not during a rebalance', () => {
    const shard = new TestShard();
    commit(shard);
    shard.advance(retentionMs);
    shard.stableGroup();
    expire(shard);
    expect(isKept(shard)).toBe(true);
    const changed = shard.join({ memberId: 'm1', protocols: [{ name: 'range', metadata: subscriptionTo() }] }).reply;
    expire(shard);
    expect(isKept(shard)).toBe(true);
    shard.sync(changed, { assignments: {} });
    expire(shard);
    expect(isKept(shard)).toBe(false);
    expect(shard.state()).toBe('Stable');
  });

  test('at the time that the commit asked for', () => {
    const shard = new TestShard();
    commit(shard, { retentionMs: 1_000 });
    shard.crash();
    shard.advance(999);
    expire(shard);
    expect(isKept(shard)).toBe(true);
    shard.advance(1);
    expire(shard);
    expect(isKept(shard)).toBe(false);
  });
});
