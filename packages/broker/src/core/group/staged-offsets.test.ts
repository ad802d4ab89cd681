import { errorCode } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { commit, nothing, offsets, topicId } from '../../testing/group-offsets.ts';
import { anybody, TestShard } from '../../testing/group-shard.ts';

const producer = { id: 7, epoch: 0 };
const other = { id: 8, epoch: 0 };

/** The errors and offsets of partitions 0 and 1 for who must not see what may still change. */
function stable(shard: TestShard, topics = true): (number | undefined)[][] {
  const asked = topics ? [{ name: 't', topicId, partitionIndexes: [0, 1] }] : null;
  const event = { ...anybody, groupId: 'g', requireStable: true, topics: asked };
  const { topics: answered } = shard.call((core, turn) => core.fetchOffsets(event, turn));
  return (answered[0]?.partitions ?? []).map((each) => [each.errorCode, each.committedOffset]);
}

const unstable = [errorCode.UNSTABLE_OFFSET_COMMIT, -1];
const first = (shard: TestShard) => offsets(shard)[0]?.[0];

describe('offsets in a transaction', () => {
  test('count once it is committed, and after a restart, too', () => {
    const shard = new TestShard();
    expect(commit(shard, { producer })).toEqual([0, 0]);
    expect(offsets(shard)).toEqual([nothing, nothing, nothing]);
    shard.crash();
    expect(offsets(shard)).toEqual([nothing, nothing, nothing]);
    shard.end(producer.id, true);
    expect(offsets(shard)).toEqual([[5, 3, 'm'], [6, 3, 'm'], nothing]);
    shard.crash();
    expect(offsets(shard)).toEqual([[5, 3, 'm'], [6, 3, 'm'], nothing]);
  });

  test('leave nothing when it is aborted', () => {
    const shard = new TestShard();
    commit(shard, {}, 1);
    commit(shard, { producer }, 5);
    shard.end(producer.id, false);
    expect(first(shard)).toBe(1);
    expect(stable(shard)[0]).toEqual([0, 1]);
    shard.end(producer.id, true);
    shard.crash();
    expect(first(shard)).toBe(1);
  });

  test('are those of one producer: the end of another transaction does not touch them', () => {
    const shard = new TestShard();
    commit(shard, { producer }, 5);
    commit(shard, { producer: other }, 9);
    shard.end(other.id, false);
    expect(stable(shard)).toEqual([unstable, unstable]);
    shard.end(producer.id, true);
    expect(stable(shard)).toEqual([
      [0, 5],
      [0, 6],
    ]);
  });

  test('lose against a plain commit that came later, whenever the transaction ends', () => {
    const shard = new TestShard();
    commit(shard, { producer }, 5);
    commit(shard, {}, 2);
    shard.end(producer.id, true);
    expect(first(shard)).toBe(2);
    shard.crash();
    expect(first(shard)).toBe(2);
  });

  test('win over a plain commit that came before', () => {
    const shard = new TestShard();
    commit(shard, {}, 9);
    commit(shard, { producer }, 5);
    shard.end(producer.id, true);
    expect(first(shard)).toBe(5);
  });

  test('of two transactions: the later record wins, not the later end', () => {
    const shard = new TestShard();
    commit(shard, { producer }, 5);
    commit(shard, { producer: other }, 9);
    shard.end(other.id, true);
    shard.end(producer.id, true);
    expect(first(shard)).toBe(9);
    shard.crash();
    expect(first(shard)).toBe(9);
  });

  test('make the partition unstable for who asks for stable offsets, and for nobody else', () => {
    const shard = new TestShard();
    commit(shard, {}, 1);
    commit(shard, { producer }, 5);
    expect(stable(shard)).toEqual([unstable, unstable]);
    expect(stable(shard, false)).toEqual([unstable, unstable]);
    expect(first(shard)).toBe(1);
    shard.crash();
    expect(stable(shard)).toEqual([unstable, unstable]);
  });
});

describe('offsets that wait for the end of a transaction', () => {
  const retentionMs = 10_000_000;
  const expire = (shard: TestShard) => shard.run((core, turn) => core.expireOffsets(turn));

  test('do not expire, nor does the offset that they are about to replace, nor the group', () => {
    const shard = new TestShard();
    commit(shard, {}, 1);
    commit(shard, { groupId: 'h', producer }, 5);
    commit(shard, { producer }, 5);
    shard.advance(retentionMs);
    expire(shard);
    expect(first(shard)).toBe(1);
    expect([shard.state('g'), shard.state('h')]).toEqual(['Empty', 'Empty']);
    shard.end(producer.id, false);
    expire(shard);
    expect([shard.state('g'), shard.state('h')]).toEqual(['Dead', 'Dead']);
  });

  test('are deleted with their group, and do not come back with the marker', () => {
    const shard = new TestShard();
    commit(shard, {}, 1);
    commit(shard, { producer }, 5);
    commit(shard, { groupId: 'h', producer: other }, 5);
    for (const groupId of ['g', 'h']) {
      expect(shard.call((core, turn) => core.deleteGroup(groupId, turn)).errorCode).toBe(0);
    }
    for (const { id } of [producer, other]) shard.end(id, true);
    expect([shard.state('g'), shard.state('h')]).toEqual(['Dead', 'Dead']);
    shard.crash();
    expect([offsets(shard), offsets(shard, 'h')].flat()).toEqual(Array(6).fill(nothing));
    expect([shard.state('g'), shard.state('h')]).toEqual(['Dead', 'Dead']);
  });

  test('are deleted with their topic, those of a later topic of the same name are not', () => {
    const shard = new TestShard();
    commit(shard, { producer }, 5);
    shard.run((core, turn) => core.topicDeleted({ name: 't', id: 'AAAAAAAAAAAAAAAAAAAAAg' }, turn));
    expect(stable(shard)).toEqual([unstable, unstable]);
    shard.run((core, turn) => core.topicDeleted({ name: 't', id: topicId }, turn));
    shard.end(producer.id, true);
    expect(offsets(shard)).toEqual([nothing, nothing, nothing]);
  });

  test('are deleted one by one', () => {
    const shard = new TestShard();
    commit(shard, { producer }, 5);
    const event = { groupId: 'g', topics: [{ name: 't', partitionCount: 1, partitions: [{ partitionIndex: 0 }] }] };
    shard.call((core, turn) => core.deleteOffsets(event, turn));
    shard.end(producer.id, true);
    expect(offsets(shard)).toEqual([nothing, [6, 3, 'm'], nothing]);
  });
});

describe('a commit in a transaction is accepted from', () => {
  const staged = (shard: TestShard, event: Parameters<typeof commit>[1]) => commit(shard, { producer, ...event })[0];

  test('a member of the current generation, also while it rebalances (KIP-447)', () => {
    const shard = new TestShard();
    const [joined] = shard.stableGroup();
    const member = { memberId: 'm1', generationId: joined?.generationId ?? 0 };
    expect(staged(shard, member)).toBe(0);
    expect(staged(shard, { ...member, generationId: 7 })).toBe(errorCode.ILLEGAL_GENERATION);
    expect(staged(shard, { ...member, memberId: 'm9' })).toBe(errorCode.UNKNOWN_MEMBER_ID);
    shard.join({ memberId: 'm1' });
    expect(commit(shard, { ...member, generationId: member.generationId + 1 })[0]).toBe(
      errorCode.REBALANCE_IN_PROGRESS,
    );
    expect(staged(shard, { ...member, generationId: member.generationId + 1 })).toBe(0);
  });

  test('the current process of a static member', () => {
    const shard = new TestShard();
    const [joined] = shard.stableGroup(1, { groupInstanceId: 'i' });
    const generationId = joined?.generationId ?? 0;
    shard.join({ groupInstanceId: 'i' });
    const old = { memberId: 'm1', groupInstanceId: 'i', generationId };
    expect(staged(shard, old)).toBe(errorCode.FENCED_INSTANCE_ID);
    expect(staged(shard, { ...old, memberId: 'm2' })).toBe(0);
  });

  test('who does not say which member it is, as older producers do not', () => {
    const shard = new TestShard();
    shard.stableGroup();
    expect(staged(shard, {})).toBe(0);
  });

  test('nobody in the name of a member of a group that is not there', () => {
    const shard = new TestShard();
    const event = { memberId: 'm1', generationId: 1 };
    expect(staged(shard, event)).toBe(errorCode.GROUP_ID_NOT_FOUND);
    expect(staged(shard, { ...event, knowsMissingGroups: false })).toBe(errorCode.ILLEGAL_GENERATION);
    expect(staged(shard, { groupId: '' })).toBe(errorCode.INVALID_GROUP_ID);
  });
});
