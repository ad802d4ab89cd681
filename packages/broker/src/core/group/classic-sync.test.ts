import { errorCode } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { TestShard } from '../../testing/group-shard.ts';
import type { JoinReply } from './replies.ts';

/** A group whose members have joined and not synced; the leader first. */
function joinedGroup(size: number): { shard: TestShard; members: readonly JoinReply[]; leader: JoinReply } {
  const shard = new TestShard({ initialRebalanceDelayMs: 1 });
  const joins = Array.from({ length: size }, () => shard.join({ sessionTimeoutMs: 100_000 }));
  shard.advance(10);
  const members = joins.map(({ reply }) => reply);
  return { shard, members, leader: members[0] as JoinReply };
}

describe('SyncGroup', () => {
  test('is answered when the leader has assigned, with an empty assignment for whom it forgot', () => {
    const { shard, members, leader } = joinedGroup(3);
    const early = shard.sync(members[1] as JoinReply);
    expect(early.isAnswered).toBe(false);
    const own = shard.sync(leader, { assignments: { m1: 'one', m2: 'two', stranger: 'x' } });
    const late = shard.sync(members[2] as JoinReply);
    expect([own, early, late].map(({ reply }) => reply.assignment.toString())).toEqual(['one', 'two', '']);
    expect(own.reply).toMatchObject({ errorCode: 0, protocolType: 'consumer', protocolName: 'range' });
    expect(shard.state()).toBe('Stable');
  });

  test('is refused to strangers, in another generation, with other protocols and during a rebalance', () => {
    const { shard, leader } = joinedGroup(1);
    const error = (event: object) => {
      const whole = {
        groupId: 'g',
        memberId: leader.memberId,
        groupInstanceId: null,
        generationId: leader.generationId,
        protocolType: 'consumer',
        protocolName: 'range',
        assignments: [],
        ...event,
      };
      return shard.call((core, turn) => core.sync(whole, turn)).errorCode;
    };
    expect(error({ groupId: '' })).toBe(errorCode.INVALID_GROUP_ID);
    expect(error({ groupId: 'none' })).toBe(errorCode.UNKNOWN_MEMBER_ID);
    expect(error({ memberId: 'nobody' })).toBe(errorCode.UNKNOWN_MEMBER_ID);
    expect(error({ groupInstanceId: 'nobody' })).toBe(errorCode.UNKNOWN_MEMBER_ID);
    expect(error({ generationId: 0 })).toBe(errorCode.ILLEGAL_GENERATION);
    expect(error({ protocolType: 'connect' })).toBe(errorCode.INCONSISTENT_GROUP_PROTOCOL);
    expect(error({ protocolName: 'sticky' })).toBe(errorCode.INCONSISTENT_GROUP_PROTOCOL);
    expect(error({})).toBe(0);
    shard.join();
    expect(error({})).toBe(errorCode.REBALANCE_IN_PROGRESS);
  });

  test('of a stable group gives the assignment again, after a crash as well', () => {
    const { shard, leader } = joinedGroup(1);
    shard.sync(leader, { assignments: { m1: 'one' } });
    expect(shard.sync(leader).reply.assignment.toString()).toBe('one');
    shard.crash();
    expect(shard.sync(leader).reply.assignment.toString()).toBe('one');
  });

  test('may wait for the leader longer than a session lasts', () => {
    const shard = new TestShard({ initialRebalanceDelayMs: 1 });
    const joins = [shard.join(), shard.join({ sessionTimeoutMs: 6_000 })];
    shard.advance(10);
    const [leader, follower] = joins.map(({ reply }) => reply) as [JoinReply, JoinReply];
    const waiting = shard.sync(follower);
    for (let beat = 0; beat < 5; beat++) {
      shard.advance(5_000);
      shard.heartbeat(leader);
    }
    shard.sync(leader, { assignments: { m2: 'two' } });
    expect(waiting.reply.assignment.toString()).toBe('two');
  });

  test('ends with the rebalance that follows it', () => {
    const { shard, members } = joinedGroup(2);
    const waiting = shard.sync(members[1] as JoinReply);
    shard.join();
    expect(waiting.reply).toMatchObject({ errorCode: errorCode.REBALANCE_IN_PROGRESS, protocolName: null });
  });

  test('is answered when its client has given it up for another, and when its member leaves', () => {
    const { shard, members } = joinedGroup(2);
    const first = shard.sync(members[1] as JoinReply);
    const second = shard.sync(members[1] as JoinReply);
    expect(first.reply.errorCode).toBe(errorCode.REBALANCE_IN_PROGRESS);
    shard.leave('m2');
    expect(second.reply.errorCode).toBe(errorCode.UNKNOWN_MEMBER_ID);
  });
});

describe('a member that joins and never syncs', () => {
  test('is put out after the rebalance timeout, also when it leads', () => {
    const { shard, members, leader } = joinedGroup(2);
    const waiting = shard.sync(members[1] as JoinReply);
    shard.advance(59_990);
    expect(shard.state()).toBe('CompletingRebalance');
    shard.advance(10);
    expect(waiting.reply.errorCode).toBe(errorCode.REBALANCE_IN_PROGRESS);
    expect(shard.heartbeat(leader)).toBe(errorCode.UNKNOWN_MEMBER_ID);
    const again = shard.join({ memberId: 'm2' }).reply;
    expect(again).toMatchObject({ leader: 'm2', generationId: 2 });
    shard.sync(again, { assignments: { m2: 'all' } });
    expect(shard.state()).toBe('Stable');
  });

  test('is put out when nothing else wakes the coordinator', () => {
    const shard = new TestShard();
    shard.join({ sessionTimeoutMs: 1_000_000 });
    shard.advance(60_000);
    expect(shard.state()).toBe('Empty');
  });

  test('is put out of a group that is stable without it', () => {
    const { shard, members, leader } = joinedGroup(2);
    shard.sync(leader, { assignments: {} });
    shard.advance(59_000);
    shard.heartbeat(leader);
    expect(shard.heartbeat(members[1] as JoinReply)).toBe(0);
    shard.advance(1_010);
    expect(shard.state()).toBe('PreparingRebalance');
    expect(shard.heartbeat(members[1] as JoinReply)).toBe(errorCode.UNKNOWN_MEMBER_ID);
  });
});
