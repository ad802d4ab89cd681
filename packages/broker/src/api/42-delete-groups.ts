import { apis, errorCode } from '@nagare/protocol';
import type { ErrorReply } from '../core/group/work.ts';
import { defineHandler } from './define-handler.ts';

/** Deletes empty groups with their offsets. */
export const handleDeleteGroups = defineHandler(apis.deleteGroups, {
  async handle({ groupsNames }, { broker }) {
    const results = Array.from(new Set(groupsNames), async (groupId) => {
      const reply = await broker.groups.submit<ErrorReply>(
        groupId,
        (group, turn) => group.deleteGroup(groupId, turn),
        (error) => ({ errorCode: errorCode[error] }),
      );
      return { groupId, errorCode: reply.errorCode };
    });
    return { results: await Promise.all(results) };
  },
});
