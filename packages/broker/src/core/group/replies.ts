import { assert } from '@nagare/base';
import { type ErrorName, errorCode } from '@nagare/protocol';
import type { ClassicGroup } from './classic-group.ts';
import type { ClassicMember } from './classic-member.ts';
import type { Work } from './work.ts';

/** What a JoinGroup is answered. */
export interface JoinReply {
  readonly errorCode: number;
  readonly generationId: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly leader: string;
  readonly skipAssignment: boolean;
  readonly memberId: string;
  readonly members: readonly JoinedMember[];
}

/** A member as its leader is told of it. */
export interface JoinedMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly metadata: Buffer;
}

/** What a SyncGroup is answered. */
export interface SyncReply {
  readonly errorCode: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignment: Buffer;
}

const noAssignment = Buffer.alloc(0);

export function joinError(memberId: string, error: ErrorName): JoinReply {
  return {
    errorCode: errorCode[error],
    generationId: -1,
    protocolType: null,
    protocolName: null,
    leader: '',
    skipAssignment: false,
    memberId,
    members: [],
  };
}

/** The current generation as one member is told of it: only the leader learns of the others. */
export function joinReply(group: ClassicGroup, memberId: string): JoinReply {
  assert(group.leaderId !== null, `Group ${group.groupId} has members and no leader`);
  return {
    errorCode: errorCode.NONE,
    generationId: group.generation,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    leader: group.leaderId,
    skipAssignment: false,
    memberId,
    members: group.leaderId === memberId ? joinedMembers(group) : [],
  };
}

function joinedMembers(group: ClassicGroup): JoinedMember[] {
  return Array.from(group.members.values(), (member) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    metadata: member.metadataOf(group.protocolName),
  }));
}

export function syncError(error: ErrorName): SyncReply {
  return { errorCode: errorCode[error], protocolType: null, protocolName: null, assignment: noAssignment };
}

export function syncReply(group: ClassicGroup, assignment: Buffer): SyncReply {
  const { protocolType, protocolName } = group;
  return { errorCode: errorCode.NONE, protocolType, protocolName, assignment };
}

/** Answers the JoinGroup that a member waits for, if it does. */
export function answerJoin(group: ClassicGroup, member: ClassicMember, reply: JoinReply, work: Work): void {
  if (member.joinTicket === undefined) return;
  work.answer(reply, member.joinTicket);
  group.setJoinTicket(member, undefined);
}

/** Answers the SyncGroup that a member waits for, if it does; its session begins again. */
export function answerSync(group: ClassicGroup, member: ClassicMember, reply: SyncReply, work: Work): void {
  if (member.syncTicket === undefined) return;
  work.answer(reply, member.syncTicket);
  member.syncTicket = undefined;
  group.renewSession(member, work.nowMs);
}

/** Takes a member out and tells it so, if it waits for something: a client that is still alive then joins anew. */
export function removeMember(group: ClassicGroup, member: ClassicMember, work: Work): void {
  answerJoin(group, member, joinError('', 'UNKNOWN_MEMBER_ID'), work);
  answerSync(group, member, syncError('UNKNOWN_MEMBER_ID'), work);
  group.remove(member.memberId);
}
