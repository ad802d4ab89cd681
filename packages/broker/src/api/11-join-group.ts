import { apis } from '@nagare/protocol';
import type { JoinEvent } from '../core/group/classic-join.ts';
import { type JoinReply, joinError } from '../core/group/replies.ts';
import { defineHandler } from './define-handler.ts';

const firstVersionWith = { rebalanceTimeout: 1, memberIdFirst: 4, nullProtocol: 7, skipAssignment: 9 } as const;

/** Lets a client into its group, and answers when the next generation begins. */
export const handleJoinGroup = defineHandler(apis.joinGroup, {
  async handle(request, { version, clientId, connection, broker }) {
    const name = clientId ?? '';
    const event: JoinEvent = {
      groupId: request.groupId,
      memberId: request.memberId,
      newMemberId: request.memberId === '' ? broker.groups.newMemberId(request.groupInstanceId ?? name) : '',
      groupInstanceId: request.groupInstanceId,
      clientId: name,
      clientHost: `/${connection.remote.host}`, // As Java prints an address, which is what tools show.
      protocolType: request.protocolType,
      protocols: request.protocols,
      rebalanceTimeoutMs:
        version < firstVersionWith.rebalanceTimeout ? request.sessionTimeoutMs : request.rebalanceTimeoutMs,
      sessionTimeoutMs: request.sessionTimeoutMs,
      expectsMemberId: version >= firstVersionWith.memberIdFirst,
      allowsSkippedAssignment: version >= firstVersionWith.skipAssignment,
    };
    const reply = await broker.groups.submit<JoinReply>(
      event.groupId,
      (group, turn) => group.join(event, turn),
      (error) => joinError(event.memberId, error),
    );
    const needsName = version < firstVersionWith.nullProtocol && reply.protocolName === null;
    return needsName ? { ...reply, protocolName: '' } : reply;
  },
});
