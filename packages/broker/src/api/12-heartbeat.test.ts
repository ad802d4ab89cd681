import { apis, errorCode } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { TestGroups, versionsOf } from '../testing/handler-groups.ts';
import { handleHeartbeat } from './12-heartbeat.ts';

describe('Heartbeat', () => {
  test.each(versionsOf(apis.heartbeat))('version %i is for members', async (version) => {
    const groups = await TestGroups.started();
    const member = { groupId: 'g', ...(await groups.stable()) };
    const beat = async (body: object) =>
      (await groups.ask(handleHeartbeat, apis.heartbeat, version, { ...member, ...body })).errorCode;
    expect(await beat({})).toBe(0);
    expect(await beat({ generationId: 9 })).toBe(errorCode.ILLEGAL_GENERATION);
    expect(await beat({ memberId: 'other' })).toBe(errorCode.UNKNOWN_MEMBER_ID);
    expect(await beat({ groupId: '' })).toBe(errorCode.INVALID_GROUP_ID);
    if (version >= 3) expect(await beat({ groupInstanceId: 'i' })).toBe(errorCode.UNKNOWN_MEMBER_ID);
  });

  test('costs nobody a session while the group is being loaded', async () => {
    const groups = new TestGroups();
    groups.groups.start();
    const body = { groupId: 'g', memberId: 'm', generationId: 1 };
    expect((await groups.ask(handleHeartbeat, apis.heartbeat, 4, body)).errorCode).toBe(0);
    const nowhere = new TestGroups({ isCreated: false });
    expect((await nowhere.ask(handleHeartbeat, apis.heartbeat, 4, body)).errorCode).toBe(errorCode.NOT_COORDINATOR);
  });
});
