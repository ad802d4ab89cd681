import { errorCode } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { TestShard } from '../../testing/group-shard.ts';

describe('a heartbeat', () => {
  test('keeps a session alive, which ends without', () => {
    const shard = new TestShard();
    const [member] = shard.stableGroup(1, { sessionTimeoutMs: 10_000 });
    if (member === undefined) throw new Error('One member joins');
    for (let beat = 0; beat < 5; beat++) {
      shard.advance(9_000);
      expect(shard.heartbeat(member)).toBe(0);
    }
    shard.advance(9_999);
    expect(shard.state()).toBe('Stable');
    shard.advance(1);
    expect(shard.state()).toBe('Empty');
    expect(shard.heartbeat(member)).toBe(errorCode.UNKNOWN_MEMBER_ID);
  });

  test('is accepted between joining and syncing, and tells of a rebalance', () => {
    const shard = new TestShard();
    const joined = shard.join().reply;
    expect(shard.heartbeat(joined)).toBe(0);
    shard.sync(joined, { assignments: {} });
    expect(shard.heartbeat(joined)).toBe(0);
    shard.join();
    expect(shard.heartbeat(joined)).toBe(errorCode.REBALANCE_IN_PROGRESS);
  });

  test('is refused to strangers and in another generation', () => {
    const shard = new TestShard();
    expect(shard.heartbeat({ memberId: 'm1', generationId: 1 })).toBe(errorCode.UNKNOWN_MEMBER_ID);
    shard.stableGroup();
    expect(shard.heartbeat({ memberId: 'm1', generationId: 7 })).toBe(errorCode.ILLEGAL_GENERATION);
    expect(shard.heartbeat({ memberId: 'other', generationId: 1 })).toBe(errorCode.UNKNOWN_MEMBER_ID);
    const event = { groupId: '', memberId: 'm1', generationId: 1, groupInstanceId: null };
    expect(shard.call((core, turn) => core.heartbeat(event, turn)).errorCode).toBe(errorCode.INVALID_GROUP_ID);
  });

  test('is not asked of members that wait for others', () => {
    const shard = new TestShard();
    shard.stableGroup(2, { sessionTimeoutMs: 6_000 });
    const waiting = shard.join({ memberId: 'm1' });
    for (let beat = 0; beat < 5; beat++) {
      shard.advance(5_000);
      shard.heartbeat({ memberId: 'm2', generationId: 2 });
    }
    expect(waiting.isAnswered).toBe(false);
    shard.join({ memberId: 'm2' });
    expect(waiting.reply.errorCode).toBe(0);
  });

  test('costs no record', () => {
    const shard = new TestShard();
    const [member] = shard.stableGroup();
    const before = shard.log.length;
    shard.heartbeat(member ?? { memberId: '', generationId: -1 });
    expect(shard.log).toHaveLength(before);
  });
});

describe('LeaveGroup', () => {
  test('takes members out by id and static ones by instance, each with its own answer', () => {
    const shard = new TestShard({ initialRebalanceDelayMs: 1 });
    shard.join({ groupInstanceId: 'i' });
    shard.join();
    shard.advance(2);
    const members = [
      { memberId: '', groupInstanceId: 'i' },
      { memberId: '', groupInstanceId: 'nobody' },
      { memberId: '', groupInstanceId: null },
      { memberId: 'm2', groupInstanceId: null },
      { memberId: 'm2', groupInstanceId: null },
    ];
    const reply = shard.call((core, turn) => core.leave({ groupId: 'g', members }, turn));
    const unknown = errorCode.UNKNOWN_MEMBER_ID;
    expect(reply.errorCode).toBe(0);
    expect(reply.members.map((member) => member.errorCode)).toEqual([0, unknown, unknown, 0, unknown]);
    expect(shard.state()).toBe('Empty');
  });

  test('of a static member under another id is fenced', () => {
    const shard = new TestShard();
    shard.stableGroup(1, { groupInstanceId: 'i' });
    expect(shard.leave('other', 'i')).toBe(errorCode.FENCED_INSTANCE_ID);
    expect(shard.state()).toBe('Stable');
  });

  test('has the others join again, or goes on when they have', () => {
    const shard = new TestShard();
    const [, follower] = shard.stableGroup(2);
    expect(shard.leave('m1')).toBe(0);
    expect(shard.state()).toBe('PreparingRebalance');
    const again = shard.join({ memberId: 'm2' }).reply;
    expect(again).toMatchObject({ leader: 'm2', generationId: (follower?.generationId ?? 0) + 1 });
    const third = shard.join();
    expect(third.isAnswered).toBe(false);
    shard.leave('m2');
    expect(third.reply.errorCode).toBe(0);
  });

  test('of a member id that was never used has the others join again, as in Kafka, and lets the group go', () => {
    const shard = new TestShard();
    const first = shard.join({ expectsMemberId: true }).reply.memberId;
    expect(shard.leave(first)).toBe(0);
    expect(shard.state()).toBe('Dead');
    shard.stableGroup();
    const { memberId } = shard.join({ expectsMemberId: true }).reply;
    expect(shard.leave(memberId)).toBe(0);
    expect(shard.state()).toBe('PreparingRebalance');
  });

  test('of nobody that is there does not disturb the others', () => {
    const shard = new TestShard();
    shard.stableGroup();
    expect(shard.leave('m9')).toBe(errorCode.UNKNOWN_MEMBER_ID);
    expect(shard.state()).toBe('Stable');
  });

  test('of a group that is not there tells each member so', () => {
    expect(new TestShard().leave('m1')).toBe(errorCode.UNKNOWN_MEMBER_ID);
  });
});

describe('after a crash', () => {
  test('a stable group is as it was, and its members have a whole session to show up', () => {
    const shard = new TestShard();
    const members = shard.stableGroup(2, { sessionTimeoutMs: 10_000 });
    const before = shard.call((core, turn) => core.describe('g', turn));
    shard.advance(9_000);
    shard.crash();
    expect(shard.call((core, turn) => core.describe('g', turn))).toEqual(before);
    shard.advance(9_999);
    expect(members.map((member) => shard.heartbeat({ ...member, generationId: 2 }))).toEqual([0, 0]);
    shard.advance(10_000);
    expect(shard.state()).toBe('Empty');
  });

  test('a group whose members do not show up is empty when their sessions have ended', () => {
    const shard = new TestShard();
    shard.stableGroup(1, { sessionTimeoutMs: 10_000 });
    shard.crash();
    shard.advance(9_999);
    expect(shard.state()).toBe('Stable');
    shard.advance(1);
    expect(shard.state()).toBe('Empty');
  });

  test('the leader is known', () => {
    const shard = new TestShard();
    shard.stableGroup(2);
    shard.crash();
    expect(shard.join({ memberId: 'm2' }).reply).toMatchObject({ errorCode: 0, leader: 'm1', generationId: 2 });
  });

  test('a group above its size gathers again', () => {
    const shard = new TestShard();
    shard.stableGroup(3);
    const smaller = new TestShard({ membersMax: 2 });
    smaller.log.push(...shard.log);
    smaller.crash();
    expect(smaller.state()).toBe('PreparingRebalance');
    const joins = ['m1', 'm2', 'm3'].map((memberId) => smaller.join({ memberId }));
    expect(joins.map(({ reply }) => reply.errorCode)).toEqual([0, 0, errorCode.GROUP_MAX_SIZE_REACHED]);
  });

  test('a first generation that was under way is unknown', () => {
    const shard = new TestShard();
    const joined = shard.join().reply;
    shard.crash();
    expect(shard.heartbeat(joined)).toBe(errorCode.UNKNOWN_MEMBER_ID);
  });
});

describe('groups are described and listed', () => {
  test('with what they agreed on while stable, and always with their last assignments', () => {
    const shard = new TestShard();
    shard.stableGroup();
    const describeGroup = () => shard.call((core, turn) => core.describe('g', turn));
    expect(describeGroup()).toMatchObject({ groupState: 'Stable', protocolData: 'range', protocolType: 'consumer' });
    expect(describeGroup().members[0]?.memberAssignment.toString()).toBe('of m1');
    shard.join();
    expect(describeGroup()).toMatchObject({ groupState: 'PreparingRebalance', protocolData: '' });
    expect(describeGroup().members.map((each) => String(each.memberAssignment))).toEqual(['of m1', '']);
    expect(describeGroup().members.map((each) => each.memberMetadata.length)).toEqual([0, 0]);
    expect(shard.call((core, turn) => core.describe('other', turn))).toMatchObject({
      errorCode: errorCode.GROUP_ID_NOT_FOUND,
      groupState: 'Dead',
    });
  });

  test('by state and type, in any case', () => {
    const shard = new TestShard();
    shard.stableGroup();
    shard.join({ groupId: '__proto__' });
    const list = (states: string[], types: string[] = []) =>
      shard.call((core, turn) => core.list({ states, types }, turn)).map(({ groupId }) => groupId);
    expect(list([])).toEqual(['g', '__proto__']);
    expect(list(['stable'])).toEqual(['g']);
    expect(list(['Empty', 'CompletingRebalance'])).toEqual(['__proto__']);
    expect(list([], ['Classic'])).toEqual(['g', '__proto__']);
    expect(list([], ['consumer'])).toEqual([]);
  });
});
