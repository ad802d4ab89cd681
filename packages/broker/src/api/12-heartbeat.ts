import { apis, errorCode } from '@nagare/protocol';
import type { ErrorReply } from '../core/group/work.ts';
import { defineHandler } from './define-handler.ts';

/** Passes a heartbeat to the group that the member belongs to. While that is being loaded nobody loses a session. */
export const handleHeartbeat = defineHandler(apis.heartbeat, {
  handle(request, { broker }) {
    return broker.groups.submit<ErrorReply>(
      request.groupId,
      (group, turn) => group.heartbeat(request, turn),
      (error) => ({ errorCode: errorCode[error === 'COORDINATOR_LOAD_IN_PROGRESS' ? 'NONE' : error] }),
    );
  },
});
