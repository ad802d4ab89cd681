import { apis, errorCode } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { TestGroups, versionsOf } from '../testing/handler-groups.ts';

describe('JoinGroup', () => {
  test.each(versionsOf(apis.joinGroup))(
    'version %i lets a member in, from 4 on by the id it is told first',
    async (version) => {
      const groups = await TestGroups.started();
      const first = await groups.join(version);
      expect(first.memberId).toMatch(/^app-[0-9a-f-]{36}$/);
      expect(first.errorCode).toBe(version < 4 ? 0 : errorCode.MEMBER_ID_REQUIRED);
      const joined = version < 4 ? first : await groups.join(version, { memberId: first.memberId });
      expect(joined).toMatchObject({ errorCode: 0, generationId: 1, protocolName: 'range', leader: first.memberId });
      expect(joined.members).toHaveLength(1);
    },
  );

  test.each(versionsOf(apis.joinGroup))('version %i can say what is wrong', async (version) => {
    const groups = await TestGroups.started();
    expect(await groups.join(version, { groupId: '' })).toMatchObject({ errorCode: errorCode.INVALID_GROUP_ID });
    const refused = await groups.join(version, { sessionTimeoutMs: 5 });
    expect(refused).toMatchObject({ errorCode: errorCode.INVALID_SESSION_TIMEOUT, generationId: -1 });
    expect(refused.protocolName).toBe(version < 7 ? '' : null);
    const nowhere = new TestGroups({ isCreated: false });
    expect(await nowhere.join(version, { memberId: 'm' })).toMatchObject({ errorCode: 16, memberId: 'm' });
  });

  test('names static members by their instance', async () => {
    const groups = await TestGroups.started();
    const joined = await groups.join(5, { groupInstanceId: 'instance' });
    expect(joined).toMatchObject({ errorCode: 0 });
    expect(joined.memberId).toMatch(/^instance-[0-9a-f-]{36}$/);
    const next = await groups.join(9, { groupInstanceId: 'instance' });
    expect(next).toMatchObject({ errorCode: 0, generationId: 2 });
  });

  test('tells a leader of old of static members, in its own version (KAFKA-14422)', async () => {
    const groups = await TestGroups.started();
    const { memberId } = await groups.stable();
    const member = groups.join(5, { groupInstanceId: 'instance' });
    const leader = await groups.join(4, { memberId });
    expect(leader).toMatchObject({ errorCode: 0, leader: memberId });
    expect(leader.members.map((each) => each.memberId)).toEqual([memberId, (await member).memberId]);
  });

  test('of version 0 gives a rebalance as long as a session', async () => {
    const groups = await TestGroups.started();
    await groups.join(0, { sessionTimeoutMs: 200_000 });
    const other = groups.join(0, { sessionTimeoutMs: 200_000 });
    let isAnswered = false;
    other.then(() => {
      isAnswered = true;
    });
    await groups.advance(199_000);
    expect(isAnswered).toBe(false);
    await groups.advance(2_000);
    expect(await other).toMatchObject({ errorCode: 0, generationId: 2 });
  });
});
