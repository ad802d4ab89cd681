import type { ClassicGroup } from './classic-group.ts';
import { ClassicMember, type MemberProfile, type OfferedProtocol, protocolsOf } from './classic-member.ts';
import { awaitJoin, completeIfAllJoined, rebalance } from './classic-rebalance.ts';
import { answerJoin, answerSync, joinError, joinReply, syncError } from './replies.ts';
import type { Work } from './work.ts';

export interface JoinEvent {
  readonly groupId: string;
  /** Empty when the client has none yet. */
  readonly memberId: string;
  /** An id that nobody else has, for a client that has none. */
  readonly newMemberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly protocolType: string;
  readonly protocols: readonly OfferedProtocol[];
  readonly rebalanceTimeoutMs: number;
  readonly sessionTimeoutMs: number;
  /** Whether the client comes back when it is told its member id first (version 4 and later). */
  readonly expectsMemberId: boolean;
  /** Whether the client understands that a leader need not assign (version 9 and later). */
  readonly allowsSkippedAssignment: boolean;
}

/** A new member cannot send heartbeats before it has its id; it is taken for lost when no generation starts by then. */
const newMemberTimeoutMs = 5 * 60_000;

/** Lets a client into the group. The answer may come with a later turn. */
export function joinGroup(group: ClassicGroup, event: JoinEvent, work: Work): void {
  if (!hasRoom(group, event.memberId, work.settings.membersMax)) {
    refuseForRoom(group, event.memberId, work);
    return;
  }
  const protocols = protocolsOf(event.protocols);
  if (!group.accepts(event.protocolType, protocols.keys())) {
    work.answer(joinError(event.memberId, 'INCONSISTENT_GROUP_PROTOCOL'));
  } else if (event.memberId === '') {
    joinAsNew(group, event, protocols, work);
  } else if (group.pendingJoins.has(event.memberId) && event.groupInstanceId === null) {
    addMember(group, event, event.memberId, protocols, work);
  } else {
    joinAsKnown(group, event, protocols, work);
  }
}

/**
 * While members join, those that have count, so that a group above its size loses the last ones; later all members do,
 * as those that did not join are gone.
 */
function hasRoom(group: ClassicGroup, memberId: string, membersMax: number): boolean {
  const member = group.members.get(memberId);
  switch (group.state) {
    case 'Empty':
      return true;
    case 'PreparingRebalance':
      return member?.isAwaitingJoin === true || group.awaitingJoinCount < membersMax;
    case 'CompletingRebalance':
    case 'Stable':
      return member !== undefined || group.members.size < membersMax;
  }
}

function refuseForRoom(group: ClassicGroup, memberId: string, work: Work): void {
  work.answer(joinError('', 'GROUP_MAX_SIZE_REACHED'));
  group.remove(memberId);
  if (group.state === 'PreparingRebalance') completeIfAllJoined(group, work);
}

function joinAsNew(group: ClassicGroup, event: JoinEvent, protocols: ReadonlyMap<string, Buffer>, work: Work): void {
  const { groupInstanceId, newMemberId } = event;
  const currentId = groupInstanceId === null ? undefined : group.memberIdOf(groupInstanceId);
  if (currentId !== undefined) {
    replaceMember(group, group.member(currentId), event, protocols, work);
  } else if (groupInstanceId === null && event.expectsMemberId) {
    const expiresAtMs = work.nowMs + event.sessionTimeoutMs;
    group.pendingJoins.set(newMemberId, expiresAtMs);
    group.remind(expiresAtMs);
    work.answer(joinError(newMemberId, 'MEMBER_ID_REQUIRED'));
  } else {
    addMember(group, event, newMemberId, protocols, work);
  }
}

function addMember(
  group: ClassicGroup,
  event: JoinEvent,
  memberId: string,
  protocols: ReadonlyMap<string, Buffer>,
  work: Work,
): void {
  const member = new ClassicMember(profileOf(event, memberId), protocols);
  member.isNew = true;
  if (group.initialRebalance !== undefined) group.initialRebalance.hasNewMember = true;
  group.add(member, event.protocolType);
  awaitJoin(group, member, work);
  group.renewSession(member, work.nowMs, newMemberTimeoutMs);
  rebalance(group, work);
}

function joinAsKnown(group: ClassicGroup, event: JoinEvent, protocols: ReadonlyMap<string, Buffer>, work: Work): void {
  const error = group.checkMember(event.memberId, event.groupInstanceId);
  if (error !== 'NONE') {
    work.answer(joinError(event.memberId, error));
    return;
  }
  const member = group.member(event.memberId);
  if (hasNewsFor(group, member, protocols)) {
    group.update(member, profileOf(event, member.memberId), protocols);
    awaitJoin(group, member, work);
    rebalance(group, work);
  } else {
    work.answer(joinReply(group, member.memberId));
  }
}

/**
 * Whether a member that joins again brings about the next generation. One that offers what it did may only have missed
 * its answer; but the leader of a stable group wants to assign anew, for reasons that only it sees.
 */
function hasNewsFor(group: ClassicGroup, member: ClassicMember, protocols: ReadonlyMap<string, Buffer>): boolean {
  if (group.state === 'PreparingRebalance' || !member.offers(protocols)) return true;
  return group.state === 'Stable' && group.leaderId === member.memberId;
}

/** A new process takes the place of a static member; the old one, if it still lives, is fenced. */
function replaceMember(
  group: ClassicGroup,
  old: ClassicMember,
  event: JoinEvent,
  protocols: ReadonlyMap<string, Buffer>,
  work: Work,
): void {
  answerJoin(group, old, joinError(old.memberId, 'FENCED_INSTANCE_ID'), work);
  answerSync(group, old, syncError('FENCED_INSTANCE_ID'), work);
  const leaderBefore = group.leaderId as string;
  const member = group.replace(old, profileOf(event, event.newMemberId), protocols);
  group.renewSession(member, work.nowMs);
  if (group.state === 'Stable' && group.selectProtocol() === group.protocolName) {
    keepGeneration(group, member, { leaderBefore, allowsSkippedAssignment: event.allowsSkippedAssignment }, work);
    return;
  }
  awaitJoin(group, member, work);
  // In CompletingRebalance the leader may be assigning to the old member id, so the members join anew there as well.
  rebalance(group, work);
}

/**
 * The new process goes on with the assignment of the old one. Were it told that it leads, it would assign, in vain; so
 * it learns of that only with the word that it need not, and is told the id of the old leader otherwise.
 */
function keepGeneration(
  group: ClassicGroup,
  member: ClassicMember,
  client: { readonly leaderBefore: string; readonly allowsSkippedAssignment: boolean },
  work: Work,
): void {
  const members = Array.from(group.members.values(), (each) => each.stored(group.protocolName, each.assignment));
  work.records.push(group.record(group.stateSinceMs, members));
  const reply = joinReply(group, member.memberId);
  const isLeader = group.leaderId === member.memberId;
  if (client.allowsSkippedAssignment) work.answer({ ...reply, skipAssignment: isLeader });
  else work.answer({ ...reply, leader: client.leaderBefore, members: [] });
}

function profileOf(event: JoinEvent, memberId: string): MemberProfile {
  return {
    memberId,
    groupInstanceId: event.groupInstanceId,
    clientId: event.clientId,
    clientHost: event.clientHost,
    rebalanceTimeoutMs: Math.max(event.rebalanceTimeoutMs, 0),
    sessionTimeoutMs: event.sessionTimeoutMs,
  };
}
