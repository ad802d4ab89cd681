import { apis, errorCode } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { TestGroups, versionsOf } from '../testing/handler-groups.ts';
import { handleLeaveGroup } from './13-leave-group.ts';

describe('LeaveGroup', () => {
  test.each(versionsOf(apis.leaveGroup))('version %i takes members out and says who was none', async (version) => {
    const groups = await TestGroups.started();
    const { memberId } = await groups.stable();
    const leave = (id: string) => {
      const who = version < 3 ? { memberId: id } : { members: [{ memberId: id }] };
      return groups.ask(handleLeaveGroup, apis.leaveGroup, version, { groupId: 'g', ...who });
    };
    const code = (reply: Awaited<ReturnType<typeof leave>>) =>
      version < 3 ? reply.errorCode : [reply.errorCode, reply.members[0]?.errorCode];
    expect(code(await leave(memberId))).toEqual(version < 3 ? 0 : [0, 0]);
    const unknown = errorCode.UNKNOWN_MEMBER_ID;
    expect(code(await leave(memberId))).toEqual(version < 3 ? unknown : [0, unknown]);
  });

  test('puts out a static member by its instance', async () => {
    const groups = await TestGroups.started();
    await groups.join(5, { groupInstanceId: 'i' });
    const body = { groupId: 'g', members: [{ groupInstanceId: 'i' }, { groupInstanceId: 'j' }] };
    const { members } = await groups.ask(handleLeaveGroup, apis.leaveGroup, 5, body);
    expect(members.map((member) => member.errorCode)).toEqual([0, errorCode.UNKNOWN_MEMBER_ID]);
  });

  test('is refused without a coordinator and without a group id', async () => {
    const nowhere = new TestGroups({ isCreated: false });
    const ask = (groups: TestGroups, groupId: string) =>
      groups.ask(handleLeaveGroup, apis.leaveGroup, 2, { groupId, memberId: 'm' });
    expect((await ask(nowhere, 'g')).errorCode).toBe(errorCode.NOT_COORDINATOR);
    expect((await ask(await TestGroups.started(), '')).errorCode).toBe(errorCode.INVALID_GROUP_ID);
  });
});
