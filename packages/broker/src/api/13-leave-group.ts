import { apis, errorCode } from '@nagare/protocol';
import type { LeaveReply } from '../core/group/classic-session.ts';
import { defineHandler } from './define-handler.ts';

const firstVersionWithMany = 3;

/** Takes members out of their group. */
export const handleLeaveGroup = defineHandler(apis.leaveGroup, {
  async handle({ groupId, memberId, members }, { version, broker }) {
    const isBatched = version >= firstVersionWithMany;
    const event = { groupId, members: isBatched ? members : [{ memberId, groupInstanceId: null }] };
    const reply = await broker.groups.submit<LeaveReply>(
      groupId,
      (group, turn) => group.leave(event, turn),
      (error) => ({ errorCode: errorCode[error], members: [] }),
    );
    // Before members were listed, the answer was that of the only one.
    return isBatched ? reply : { errorCode: reply.errorCode || (reply.members[0]?.errorCode ?? 0), members: [] };
  },
});
