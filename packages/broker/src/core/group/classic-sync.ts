import type { ErrorName } from '@nagare/protocol';
import { type ClassicGroup, never } from './classic-group.ts';
import type { ClassicMember } from './classic-member.ts';
import { answerSync, syncError, syncReply } from './replies.ts';
import type { Work } from './work.ts';

export interface SyncEvent {
  readonly groupId: string;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly generationId: number;
  /** What the client believes to be agreed on; null when its version does not say. */
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  /** The assignments, from the leader only. */
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[];
}

const noAssignment = Buffer.alloc(0);

/** Hands out the assignment of the current generation, as soon as the leader has brought it. */
export function syncGroup(group: ClassicGroup, event: SyncEvent, work: Work): void {
  const error = checkSync(group, event);
  if (error !== 'NONE') {
    work.answer(syncError(error));
    return;
  }
  const member = group.member(event.memberId);
  group.pendingSyncs.delete(member.memberId);
  if (group.pendingSyncs.size === 0) group.syncDeadlineMs = never;
  if (group.state === 'Stable') {
    work.answer(syncReply(group, member.assignment));
    return;
  }
  answerSync(group, member, syncError('REBALANCE_IN_PROGRESS'), work); // An older SyncGroup, given up by its client.
  member.syncTicket = work.ticket;
  if (group.leaderId === member.memberId) assign(group, event, work);
}

function checkSync(group: ClassicGroup, event: SyncEvent): ErrorName {
  const error = group.checkMember(event.memberId, event.groupInstanceId);
  if (error !== 'NONE') return error;
  if (event.generationId !== group.generation) return 'ILLEGAL_GENERATION';
  if (differs(event.protocolType, group.protocolType) || differs(event.protocolName, group.protocolName)) {
    return 'INCONSISTENT_GROUP_PROTOCOL';
  }
  return group.state === 'PreparingRebalance' ? 'REBALANCE_IN_PROGRESS' : 'NONE';
}

function differs(claimed: string | null, agreed: string | null): boolean {
  return claimed !== null && agreed !== null && claimed !== agreed;
}

/** Remembers the leader's assignment and gives everybody theirs; who is forgotten by the leader gets an empty one. */
function assign(group: ClassicGroup, event: SyncEvent, work: Work): void {
  const assignments = new Map<string, Buffer>();
  for (const { memberId, assignment } of event.assignments) assignments.set(memberId, Buffer.from(assignment));
  const assignmentOf = (member: ClassicMember) => assignments.get(member.memberId) ?? noAssignment;
  const members = Array.from(group.members.values(), (member) =>
    member.stored(group.protocolName, assignmentOf(member)),
  );
  work.records.push(group.record(work.wallMs, members));
  for (const member of group.members.values()) answerSync(group, member, syncReply(group, assignmentOf(member)), work);
}
