import { type ErrorName, errorCode } from '@nagare/protocol';
import { type ClassicGroup, never } from './classic-group.ts';
import { completeJoin, joinTimeout, prepareRebalance, rebalance, syncTimeout } from './classic-rebalance.ts';
import { removeMember } from './replies.ts';
import type { Work } from './work.ts';

export interface HeartbeatEvent {
  readonly groupId: string;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly generationId: number;
}

export interface LeaveEvent {
  readonly groupId: string;
  readonly members: readonly LeavingMember[];
}

/** A member that leaves: by its id, or a static one, put out by an operator, by its instance with an empty member id. */
export interface LeavingMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}

/** What a LeaveGroup is answered. */
export interface LeaveReply {
  readonly errorCode: number;
  readonly members: readonly LeftMember[];
}

export interface LeftMember extends LeavingMember {
  readonly errorCode: number;
}

/** Says that a member lives. The error code tells it when it has to join again. */
export function heartbeat(group: ClassicGroup, event: HeartbeatEvent, nowMs: number): ErrorName {
  const error = group.checkMember(event.memberId, event.groupInstanceId);
  if (error !== 'NONE') return error;
  if (event.generationId !== group.generation) return 'ILLEGAL_GENERATION';
  group.renewSession(group.member(event.memberId), nowMs);
  return group.state === 'PreparingRebalance' ? 'REBALANCE_IN_PROGRESS' : 'NONE';
}

/** Takes members out. As in Kafka, the others join anew even when only an id leaves that was never used. */
export function leaveGroup(group: ClassicGroup, event: LeaveEvent, work: Work): void {
  const members = event.members.map(({ memberId, groupInstanceId }): LeftMember => {
    const error = leave(group, { memberId, groupInstanceId }, work);
    return { memberId, groupInstanceId, errorCode: errorCode[error] };
  });
  work.answer({ errorCode: errorCode.NONE, members } satisfies LeaveReply);
  const hasLost = members.some((member) => member.errorCode === errorCode.NONE);
  if (hasLost && group.state !== 'Empty') rebalance(group, work);
}

/** What a LeaveGroup to a group that is not there is answered. */
export function leftNothing(event: LeaveEvent): LeaveReply {
  const members = event.members.map(({ memberId, groupInstanceId }) => ({
    memberId,
    groupInstanceId,
    errorCode: errorCode.UNKNOWN_MEMBER_ID,
  }));
  return { errorCode: errorCode.NONE, members };
}

function leave(group: ClassicGroup, { memberId, groupInstanceId }: LeavingMember, work: Work): ErrorName {
  if (memberId === '') {
    const current = groupInstanceId === null ? undefined : group.memberIdOf(groupInstanceId);
    if (current === undefined) return 'UNKNOWN_MEMBER_ID';
    removeMember(group, group.member(current), work);
    return 'NONE';
  }
  if (group.pendingJoins.delete(memberId)) return 'NONE';
  const error = group.checkMember(memberId, groupInstanceId);
  if (error === 'NONE') removeMember(group, group.member(memberId), work);
  return error;
}

/** Does what has fallen due: sessions, member ids that were not used, the time to join, the time to sync. */
export function wakeGroup(group: ClassicGroup, work: Work): void {
  const sizeBefore = group.members.size;
  const pendingBefore = group.pendingJoins.size;
  expireMembers(group, work);
  const hasLost = group.members.size < sizeBefore;
  if (group.state !== 'PreparingRebalance') {
    if (hasLost) prepareRebalance(group, work);
  } else if ((hasLost || group.pendingJoins.size < pendingBefore) && group.haveAllJoined) {
    completeJoin(group, work);
  }
  if (group.joinDeadlineMs <= work.nowMs) joinTimeout(group, work);
  if (group.syncDeadlineMs <= work.nowMs) syncTimeout(group, work);
  group.settleWakeAt();
}

function expireMembers(group: ClassicGroup, work: Work): void {
  for (const [memberId, expiresAtMs] of group.pendingJoins) {
    if (expiresAtMs <= work.nowMs) group.pendingJoins.delete(memberId);
  }
  for (const member of [...group.members.values()]) {
    if (member.expiresAtMs > work.nowMs) continue;
    if (member.isExcusedFromHeartbeats) member.expiresAtMs = never;
    else removeMember(group, member, work);
  }
}
