import { errorCode } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { ConsumerShard, settle, TestConsumer, topicIdOf, topicsView } from '../../../testing/consumer-shard.ts';
import type { CommitEvent } from '../commit-event.ts';

function groupOfTwo() {
  const shard = new ConsumerShard();
  shard.setTopics(topicsView({ t: 4, u: 1 }));
  const one = new TestConsumer(shard, 'one');
  settle(one);
  const two = new TestConsumer(shard, 'two');
  settle(one, two);
  return { shard, one, two };
}

function commit(shard: ConsumerShard, event: Partial<CommitEvent>, ...indexes: number[]): number {
  const whole: CommitEvent = {
    ...{
      groupId: 'g',
      memberId: '',
      groupInstanceId: null,
      generationId: -1,
      retentionMs: -1,
      knowsMissingGroups: true,
    },
    topics: [
      {
        ...{ name: 't', topicId: topicIdOf('t'), partitionCount: 4 },
        partitions: (indexes.length === 0 ? [0] : indexes).map((partitionIndex) => ({
          ...{ partitionIndex, committedOffset: 1, committedLeaderEpoch: 0, committedMetadata: null },
        })),
      },
    ],
    ...event,
  };
  return shard.call((core, turn) => core.commit(whole, turn)).errorCode;
}

describe('A commit in a consumer group', () => {
  test('is for members in their epoch', () => {
    const { shard } = groupOfTwo();
    expect(commit(shard, { memberId: 'one', generationId: 3 }, 0, 1)).toBe(0);
    expect(commit(shard, { memberId: 'one', generationId: 4 })).toBe(errorCode.STALE_MEMBER_EPOCH);
    expect(commit(shard, { memberId: 'three', generationId: 3 })).toBe(errorCode.UNKNOWN_MEMBER_ID);
    expect(commit(shard, {})).toBe(errorCode.UNKNOWN_MEMBER_ID);
  });

  test('may come from an older epoch for partitions that the member has had since then', () => {
    const { shard } = groupOfTwo();
    expect(commit(shard, { memberId: 'one', generationId: 2 }, 0, 1)).toBe(0);
    expect(commit(shard, { memberId: 'one', generationId: 2 }, 0, 2)).toBe(errorCode.STALE_MEMBER_EPOCH);
    expect(commit(shard, { memberId: 'two', generationId: 2 }, 3)).toBe(errorCode.STALE_MEMBER_EPOCH);
  });

  test('needs version 9, but for transactions, which need not say who they are', () => {
    const { shard } = groupOfTwo();
    const event = { memberId: 'one', generationId: 3, knowsMissingGroups: false };
    expect(commit(shard, event)).toBe(errorCode.UNSUPPORTED_VERSION);
    const producer = { id: 1, epoch: 0 };
    expect(commit(shard, { ...event, producer })).toBe(0);
    expect(commit(shard, { producer })).toBe(0);
    expect(commit(shard, { memberId: 'one', generationId: 10, producer })).toBe(errorCode.STALE_MEMBER_EPOCH);
    const old = { memberId: 'one', generationId: 9, knowsMissingGroups: false, producer };
    expect(commit(shard, old)).toBe(errorCode.ILLEGAL_GENERATION);
  });

  test('tells members of the classic protocol that their generation is another', () => {
    const { shard } = groupOfTwo();
    const { memberId, generationId } = shard.join().reply;
    expect(commit(shard, { memberId, generationId, knowsMissingGroups: false })).toBe(0);
    expect(commit(shard, { memberId, generationId: generationId + 1 })).toBe(errorCode.ILLEGAL_GENERATION);
  });

  test('is for anybody once the group is empty', () => {
    const { shard, one, two } = groupOfTwo();
    one.leave();
    two.leave();
    expect(commit(shard, {})).toBe(0);
  });
});

describe('Offsets of a consumer group', () => {
  test('are shown to members in their epoch, and to who does not say who it is', () => {
    const { shard } = groupOfTwo();
    const ask = (memberId: string | null, memberEpoch: number) => {
      const event = { groupId: 'g', memberId, memberEpoch, requireStable: false, topics: null };
      return shard.call((core, turn) => core.fetchOffsets(event, turn)).errorCode;
    };
    expect([ask(null, -1), ask('one', 3)]).toEqual([0, 0]);
    expect([ask('one', 2), ask('three', 3)]).toEqual([errorCode.STALE_MEMBER_EPOCH, errorCode.UNKNOWN_MEMBER_ID]);
  });

  test('can be deleted unless a member subscribes to their topic, by name or by a regular expression', () => {
    const { shard, one } = groupOfTwo();
    const erase = (name: string) => {
      const event = { groupId: 'g', topics: [{ name, partitionCount: 1, partitions: [{ partitionIndex: 0 }] }] };
      return shard.call((core, turn) => core.deleteOffsets(event, turn)).topics[0]?.partitions[0]?.errorCode;
    };
    expect([erase('t'), erase('u')]).toEqual([errorCode.GROUP_SUBSCRIBED_TO_TOPIC, 0]);
    one.subscribe({ subscribedTopicRegex: 'u' });
    one.beat();
    expect(erase('u')).toBe(errorCode.GROUP_SUBSCRIBED_TO_TOPIC);
  });

  test('expire with the time since their commit when nobody subscribes to their topic', () => {
    const { shard, one, two } = groupOfTwo();
    commit(shard, { memberId: 'one', generationId: 3 });
    const count = () => {
      const event = { groupId: 'g', memberId: null, memberEpoch: -1, requireStable: false, topics: null };
      return shard.call((core, turn) => core.fetchOffsets(event, turn)).topics.length;
    };
    shard.nowMs += shard.settings.offsetsRetentionMs;
    shard.run((core, turn) => core.expireOffsets(turn));
    expect(count()).toBe(1);
    for (const member of [one, two]) member.leave();
    shard.run((core, turn) => core.expireOffsets(turn));
    expect(count()).toBe(0);
    expect(shard.describe().errorCode).toBe(errorCode.GROUP_ID_NOT_FOUND);
    expect(shard.replayed().describeConsumerGroup('g', { ticket: 1, nowMs: 0, wallMs: 0 }).answers[0]).toMatchObject({
      response: { errorCode: errorCode.GROUP_ID_NOT_FOUND },
    });
  });
});
