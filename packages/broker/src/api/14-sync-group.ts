import { apis } from '@nagare/protocol';
import { type SyncReply, syncError } from '../core/group/replies.ts';
import { defineHandler } from './define-handler.ts';

const firstVersionWithProtocol = 5;

/** Hands a member its assignment, and the leader's assignments to the group. */
export const handleSyncGroup = defineHandler(apis.syncGroup, {
  handle(request, { version, broker }) {
    const lacksProtocol = request.protocolType === null || request.protocolName === null;
    if (version >= firstVersionWithProtocol && lacksProtocol) return syncError('INCONSISTENT_GROUP_PROTOCOL');
    return broker.groups.submit<SyncReply>(
      request.groupId,
      (group, turn) => group.sync(request, turn),
      (error) => syncError(error),
    );
  },
});
