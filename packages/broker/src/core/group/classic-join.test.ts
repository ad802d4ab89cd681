import { errorCode } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { subscriptionTo, TestShard } from '../../testing/group-shard.ts';

const offer = (...names: string[]) => names.map((name) => ({ name, metadata: subscriptionTo(`topic-of-${name}`) }));

describe('a client without a member id', () => {
  test('is given one and joins with it', () => {
    const shard = new TestShard();
    const first = shard.join({ expectsMemberId: true }).reply;
    expect(first).toMatchObject({ errorCode: errorCode.MEMBER_ID_REQUIRED, memberId: 'm1', generationId: -1 });
    const joined = shard.join({ expectsMemberId: true, memberId: first.memberId }).reply;
    expect(joined).toMatchObject({
      errorCode: 0,
      memberId: 'm1',
      leader: 'm1',
      generationId: 1,
      protocolName: 'range',
    });
  });

  test('leaves no trace when it does not come back with the id in time', () => {
    const shard = new TestShard();
    const { memberId } = shard.join({ expectsMemberId: true }).reply;
    shard.advance(10_000);
    expect(shard.join({ memberId }).reply.errorCode).toBe(errorCode.UNKNOWN_MEMBER_ID);
    expect(shard.state()).toBe('Dead');
    expect(shard.log).toEqual([]);
  });

  test('joins at once with a version that knows no second try, and as a static member', () => {
    expect(new TestShard().join({ expectsMemberId: false }).reply.errorCode).toBe(0);
    expect(new TestShard().join({ expectsMemberId: true, groupInstanceId: 'i' }).reply.errorCode).toBe(0);
  });

  test('waits for nobody whose id is not used any more', () => {
    const shard = new TestShard();
    const [member] = shard.stableGroup();
    shard.join({ expectsMemberId: true });
    const rejoin = shard.join({ memberId: member?.memberId ?? '' });
    expect(rejoin.isAnswered).toBe(false);
    shard.advance(10_000);
    expect(rejoin.reply.generationId).toBe(2);
  });
});

describe('JoinGroup refuses', () => {
  const refusal = (event: Parameters<TestShard['join']>[0], settings = {}) =>
    new TestShard(settings).join(event).reply.errorCode;

  test('what cannot be', () => {
    expect(refusal({ groupId: '' })).toBe(errorCode.INVALID_GROUP_ID);
    expect(refusal({ groupId: 'x'.repeat(40_000) })).toBe(errorCode.INVALID_GROUP_ID);
    expect(refusal({ clientId: 'x'.repeat(20_000) })).toBe(errorCode.INVALID_REQUEST);
    expect(refusal({ sessionTimeoutMs: 5_999 })).toBe(errorCode.INVALID_SESSION_TIMEOUT);
    expect(refusal({ sessionTimeoutMs: 1_800_001 })).toBe(errorCode.INVALID_SESSION_TIMEOUT);
    expect(refusal({ memberId: 'nobody' })).toBe(errorCode.UNKNOWN_MEMBER_ID);
    expect(refusal({ protocolType: '' })).toBe(errorCode.INCONSISTENT_GROUP_PROTOCOL);
    expect(refusal({ protocols: [] })).toBe(errorCode.INCONSISTENT_GROUP_PROTOCOL);
  });

  test('a member that has nothing in common with the others', () => {
    const shard = new TestShard();
    shard.stableGroup(1, { protocols: offer('a', 'b') });
    expect(shard.join({ protocols: offer('c') }).reply.errorCode).toBe(errorCode.INCONSISTENT_GROUP_PROTOCOL);
    expect(shard.join({ protocolType: 'connect' }).reply.errorCode).toBe(errorCode.INCONSISTENT_GROUP_PROTOCOL);
    expect(shard.state()).toBe('Stable');
  });

  test('one member more than the group may have, whoever comes last', () => {
    const shard = new TestShard({ membersMax: 2 });
    const [a, b] = shard.stableGroup(2);
    expect(shard.join().reply).toMatchObject({ errorCode: errorCode.GROUP_MAX_SIZE_REACHED, memberId: '' });
    const first = shard.join({ memberId: a?.memberId ?? '' });
    const stranger = shard.join();
    expect(shard.join({ memberId: b?.memberId ?? '' }).reply.errorCode).toBe(errorCode.GROUP_MAX_SIZE_REACHED);
    expect(first.reply.members).toHaveLength(2);
    expect(stranger.reply.errorCode).toBe(0);
  });

  test('a refused group is forgotten', () => {
    const shard = new TestShard();
    shard.join({ protocols: [] });
    expect(shard.call((core, turn) => core.list({ states: [], types: [] }, turn))).toEqual([]);
  });
});

describe('the first generation', () => {
  test('waits for more members, longer with each that comes, at most for the rebalance timeout', () => {
    const shard = new TestShard({ initialRebalanceDelayMs: 3_000 });
    const a = shard.join({ rebalanceTimeoutMs: 7_000 });
    shard.advance(2_000);
    const b = shard.join({ rebalanceTimeoutMs: 7_000 });
    shard.advance(1_000);
    expect(a.isAnswered).toBe(false);
    shard.advance(2_000);
    const c = shard.join({ rebalanceTimeoutMs: 7_000 });
    shard.advance(1_000);
    const d = shard.join({ rebalanceTimeoutMs: 7_000 });
    expect(d.isAnswered).toBe(false);
    shard.advance(1_000);
    expect([a, b, c, d].map(({ reply }) => reply.generationId)).toEqual([1, 1, 1, 1]);
    expect(a.reply.members.map(({ memberId }) => memberId)).toEqual(['m1', 'm2', 'm3', 'm4']);
    expect(b.reply.members).toEqual([]);
  });

  test('of a group that everybody has left before it is an empty one', () => {
    const shard = new TestShard({ initialRebalanceDelayMs: 3_000 });
    const join = shard.join();
    expect(shard.leave('m1')).toBe(0);
    expect(join.reply.errorCode).toBe(errorCode.UNKNOWN_MEMBER_ID);
    shard.advance(3_000);
    expect(shard.state()).toBe('Empty');
  });
});

describe('a rebalance', () => {
  test('takes the protocol that most members like best of those that all know', () => {
    const shard = new TestShard({ initialRebalanceDelayMs: 3_000 });
    const joins = [offer('x', 'b', 'a'), offer('a', 'b'), offer('b', 'a')].map((protocols) =>
      shard.join({ protocols }),
    );
    shard.advance(6_000);
    expect(joins.map(({ reply }) => reply.protocolName)).toEqual(['b', 'b', 'b']);
    expect(joins[0]?.reply.members[1]?.metadata).toEqual(subscriptionTo('topic-of-b'));
  });

  test('takes of protocols that as many like best the one that Kafka does', () => {
    for (const names of [
      ['range', 'sticky'],
      ['sticky', 'range'],
    ]) {
      const shard = new TestShard({ initialRebalanceDelayMs: 3_000 });
      const joins = [offer(...names), offer(...names.toReversed())].map((protocols) => shard.join({ protocols }));
      shard.advance(6_000);
      expect(joins.map(({ reply }) => reply.protocolName)).toEqual(['sticky', 'sticky']);
    }
  });

  test('counts a protocol once that a member names twice', () => {
    const shard = new TestShard();
    shard.stableGroup(1, { protocols: offer('a', 'a', 'b') });
    expect(shard.join({ protocols: offer('a') }).isAnswered).toBe(false);
  });

  test('waits for all members and keeps the leader', () => {
    const shard = new TestShard();
    const [a, b] = shard.stableGroup(2);
    const c = shard.join();
    expect(shard.heartbeat(a ?? fail())).toBe(errorCode.REBALANCE_IN_PROGRESS);
    const again = [b, a].map((member) => shard.join({ memberId: member?.memberId ?? '' }));
    expect([c, ...again].map(({ reply }) => reply.leader)).toEqual(['m1', 'm1', 'm1']);
    expect(c.reply.generationId).toBe((a?.generationId ?? 0) + 1);
  });

  test('goes on without those that do not join in time, and finds another leader', () => {
    const shard = new TestShard();
    const [leader] = shard.stableGroup(1, { sessionTimeoutMs: 1_000_000 });
    const other = shard.join();
    shard.advance(60_000);
    expect(other.reply).toMatchObject({ errorCode: 0, leader: other.reply.memberId });
    expect(other.reply.members).toHaveLength(1);
    expect(shard.heartbeat(leader ?? fail())).toBe(errorCode.UNKNOWN_MEMBER_ID);
  });

  test('answers a JoinGroup that its client has given up for another', () => {
    const shard = new TestShard();
    shard.stableGroup(2);
    const first = shard.join({ memberId: 'm1' });
    const second = shard.join({ memberId: 'm1' });
    expect(first.reply.errorCode).toBe(errorCode.REBALANCE_IN_PROGRESS);
    shard.join({ memberId: 'm2' });
    expect(second.reply.errorCode).toBe(0);
  });

  test('is started by the leader, by news of a member, and not by a follower without any', () => {
    const shard = new TestShard();
    const [, follower] = shard.stableGroup(2);
    const same = shard.join({ memberId: 'm2' }).reply;
    expect(same).toMatchObject({ errorCode: 0, generationId: follower?.generationId, members: [], leader: 'm1' });
    expect(shard.state()).toBe('Stable');
    expect(shard.join({ memberId: 'm2', protocols: offer('range') }).isAnswered).toBe(false);
    expect(shard.join({ memberId: 'm1' }).reply.generationId).toBe(same.generationId + 1);
  });

  test('is not started by a member that joins again before its first SyncGroup', () => {
    const shard = new TestShard();
    const joined = shard.join().reply;
    expect(shard.join({ memberId: joined.memberId }).reply).toEqual(joined);
    const changed = shard.join({ memberId: joined.memberId, protocols: offer('range') }).reply;
    expect(changed.generationId).toBe(joined.generationId + 1);
  });
});

describe('a new member', () => {
  test('may wait for its first generation longer than its session lasts, but not for ever', () => {
    const shard = new TestShard();
    shard.stableGroup(1, { rebalanceTimeoutMs: 2_000_000, sessionTimeoutMs: 1_800_000 });
    const join = shard.join({ sessionTimeoutMs: 6_000, rebalanceTimeoutMs: 2_000_000 });
    shard.advance(299_999);
    expect(join.isAnswered).toBe(false);
    shard.advance(1);
    expect(join.reply).toMatchObject({ errorCode: errorCode.UNKNOWN_MEMBER_ID, memberId: '' });
  });
});

describe('a static member', () => {
  const asStatic = { groupInstanceId: 'i', sessionTimeoutMs: 30_000 };

  function stableWithStaticFollower() {
    const shard = new TestShard({ initialRebalanceDelayMs: 1 });
    const joins = [shard.join(), shard.join(asStatic)];
    shard.advance(2);
    const [leader, follower] = joins.map(({ reply }) => reply);
    if (leader === undefined || follower === undefined) throw new Error('Two members join');
    shard.sync(leader, { assignments: { m1: 'one', m2: 'two' } });
    shard.sync(follower);
    return { shard, leader, follower };
  }

  test('is replaced by its next process without a rebalance, and goes on with its assignment', () => {
    const { shard, follower } = stableWithStaticFollower();
    const next = shard.join(asStatic).reply;
    expect(next).toMatchObject({ errorCode: 0, memberId: 'm3', generationId: follower.generationId, leader: 'm1' });
    expect(shard.sync(next, { groupInstanceId: 'i' }).reply.assignment.toString()).toBe('two');
    expect(shard.heartbeat(follower, 'i')).toBe(errorCode.FENCED_INSTANCE_ID);
    expect(shard.heartbeat(follower)).toBe(errorCode.UNKNOWN_MEMBER_ID);
    shard.crash();
    expect(shard.heartbeat(next, 'i')).toBe(0);
  });

  test('brings about a rebalance when its news change the protocol', () => {
    const shard = new TestShard();
    shard.stableGroup(1, { ...asStatic, protocols: offer('a', 'b') });
    const next = shard.join({ ...asStatic, protocols: offer('b', 'a') }).reply;
    expect(next).toMatchObject({ errorCode: 0, generationId: 2, protocolName: 'b' });
  });

  test('that leads is told not to assign, or, in older versions, not that it leads', () => {
    const shard = new TestShard();
    shard.stableGroup(1, asStatic);
    const newer = shard.join(asStatic).reply;
    expect(newer).toMatchObject({ skipAssignment: true, leader: newer.memberId });
    expect(newer.members).toHaveLength(1);
    const older = shard.join({ ...asStatic, allowsSkippedAssignment: false }).reply;
    expect(older).toMatchObject({ skipAssignment: false, leader: newer.memberId, members: [] });
  });

  test('fences the requests of the process before it', () => {
    const { shard } = stableWithStaticFollower();
    shard.join(); // Starts a rebalance.
    const old = shard.join({ ...asStatic, memberId: 'm2' });
    const next = shard.join(asStatic);
    expect(old.reply).toMatchObject({ errorCode: errorCode.FENCED_INSTANCE_ID, memberId: 'm2' });
    expect(shard.join({ ...asStatic, memberId: 'm2' }).reply.errorCode).toBe(errorCode.FENCED_INSTANCE_ID);
    shard.join({ memberId: 'm1' });
    expect(next.reply.errorCode).toBe(0);
  });

  test('that is replaced while the leader assigns has everybody join again', () => {
    const shard = new TestShard({ initialRebalanceDelayMs: 1 });
    const joins = [shard.join(), shard.join(asStatic)];
    shard.advance(2);
    const waiting = shard.sync(joins[1]?.reply ?? fail());
    const next = shard.join(asStatic);
    expect(waiting.reply.errorCode).toBe(errorCode.FENCED_INSTANCE_ID);
    expect(shard.sync(joins[0]?.reply ?? fail()).reply.errorCode).toBe(errorCode.REBALANCE_IN_PROGRESS);
    shard.join({ memberId: 'm1' });
    expect(next.reply).toMatchObject({ errorCode: 0, generationId: 2 });
  });

  test('keeps its place in a rebalance that it sleeps through, until its session ends', () => {
    const { shard } = stableWithStaticFollower();
    shard.advance(5_000);
    const again = shard.join({ memberId: 'm1', protocols: offer('range'), rebalanceTimeoutMs: 8_000 });
    shard.advance(24_999);
    expect(again.isAnswered).toBe(false);
    shard.advance(1);
    expect(again.reply.members.map(({ memberId }) => memberId)).toEqual(['m1']);
  });

  test('that leads and sleeps through a rebalance leads no longer', () => {
    const shard = new TestShard();
    shard.stableGroup(1, { ...asStatic, sessionTimeoutMs: 1_000_000 });
    const other = shard.join();
    shard.advance(60_000);
    expect(other.reply).toMatchObject({ errorCode: 0, leader: 'm2' });
    expect(other.reply.members.map(({ memberId }) => memberId)).toEqual(['m1', 'm2']);
  });

  test('takes no member id that was given to a dynamic one', () => {
    const shard = new TestShard();
    const { memberId } = shard.join({ expectsMemberId: true }).reply;
    expect(shard.join({ memberId, groupInstanceId: 'i' }).reply.errorCode).toBe(errorCode.UNKNOWN_MEMBER_ID);
  });
});

test('a rebalance that nobody joins does not keep the coordinator busy', () => {
  const shard = new TestShard();
  shard.stableGroup(1, { groupInstanceId: 'i', rebalanceTimeoutMs: -5, sessionTimeoutMs: 60_000 });
  shard.join({ groupInstanceId: 'j', rebalanceTimeoutMs: 0 });
  expect(() => shard.advance(120_000)).not.toThrow();
  expect(shard.state()).toBe('Empty');
});

function fail(): never {
  throw new Error('A member is missing');
}
