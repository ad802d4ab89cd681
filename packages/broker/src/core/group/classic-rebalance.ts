import { type ClassicGroup, never } from './classic-group.ts';
import type { ClassicMember } from './classic-member.ts';
import { answerJoin, answerSync, joinError, joinReply, removeMember, syncError } from './replies.ts';
import type { Work } from './work.ts';

const noAssignment = Buffer.alloc(0);
/** A rebalance that only restarting static members hold up is looked at no more often than this. */
const staticMembersWaitMsMin = 1_000;

/** Has the members join anew; while they already do, goes on as soon as all have. */
export function rebalance(group: ClassicGroup, work: Work): void {
  if (group.state === 'PreparingRebalance') completeIfAllJoined(group, work);
  else prepareRebalance(group, work);
}

export function prepareRebalance(group: ClassicGroup, work: Work): void {
  const isInitial = group.state === 'Empty';
  if (group.state === 'CompletingRebalance') cancelSyncs(group, work);
  group.pendingSyncs.clear();
  group.syncDeadlineMs = never;
  group.state = 'PreparingRebalance';
  if (isInitial) waitForFirstMembers(group, work);
  else if (group.haveAllJoined) completeJoin(group, work);
  else setJoinDeadline(group, work.nowMs + group.rebalanceTimeoutMs);
}

/** Ends the join phase when nobody is missing. The initial one lasts its time: others may come. */
export function completeIfAllJoined(group: ClassicGroup, work: Work): void {
  if (group.initialRebalance === undefined && group.haveAllJoined) completeJoin(group, work);
}

/** The time to join is over. An initial rebalance in which somebody came goes on while the rebalance timeout allows. */
export function joinTimeout(group: ClassicGroup, work: Work): void {
  const initial = group.initialRebalance;
  if (initial === undefined || !initial.hasNewMember || initial.remainingMs <= 0) {
    completeJoin(group, work);
    return;
  }
  const spentMs = initial.delayMs;
  initial.hasNewMember = false;
  initial.delayMs = Math.min(work.settings.initialRebalanceDelayMs, initial.remainingMs);
  initial.remainingMs = Math.max(initial.remainingMs - spentMs, 0);
  setJoinDeadline(group, work.nowMs + initial.delayMs);
}

/** Ends the join phase: who has not joined is out, unless static; who has is told the new generation. */
export function completeJoin(group: ClassicGroup, work: Work): void {
  group.joinDeadlineMs = never;
  for (const member of [...group.members.values()]) {
    if (!member.isAwaitingJoin && member.groupInstanceId === null) removeMember(group, member, work);
  }
  if (group.members.size === 0) becomeEmpty(group, work);
  else if (electJoinedLeader(group)) startGeneration(group, work);
  else setJoinDeadline(group, work.nowMs + Math.max(group.rebalanceTimeoutMs, staticMembersWaitMsMin));
}

/** The members of the new generation that never ask for their assignment hold up the others: they are taken out. */
export function syncTimeout(group: ClassicGroup, work: Work): void {
  group.syncDeadlineMs = never;
  if (group.pendingSyncs.size === 0) return;
  for (const memberId of [...group.pendingSyncs]) removeMember(group, group.member(memberId), work);
  prepareRebalance(group, work);
}

function setJoinDeadline(group: ClassicGroup, atMs: number): void {
  group.joinDeadlineMs = atMs;
  group.remind(atMs);
}

function waitForFirstMembers(group: ClassicGroup, work: Work): void {
  const delayMs = work.settings.initialRebalanceDelayMs;
  if (delayMs <= 0) {
    completeJoin(group, work);
    return;
  }
  const remainingMs = Math.max(group.rebalanceTimeoutMs - delayMs, 0);
  group.initialRebalance = { delayMs, remainingMs, hasNewMember: false };
  setJoinDeadline(group, work.nowMs + delayMs);
}

/** Keeps the leader, or takes the first member that has joined if the leader has not. */
function electJoinedLeader(group: ClassicGroup): boolean {
  if (group.leaderId !== null && group.member(group.leaderId).isAwaitingJoin) return true;
  for (const member of group.members.values()) {
    if (!member.isAwaitingJoin) continue;
    group.leaderId = member.memberId;
    return true;
  }
  return false;
}

function startGeneration(group: ClassicGroup, work: Work): void {
  group.startGeneration();
  group.stateSinceMs = work.wallMs;
  for (const member of group.members.values()) {
    answerJoin(group, member, joinReply(group, member.memberId), work);
    group.renewSession(member, work.nowMs);
    member.isNew = false;
    group.pendingSyncs.add(member.memberId);
  }
  group.syncDeadlineMs = work.nowMs + group.rebalanceTimeoutMs;
  group.remind(group.syncDeadlineMs);
}

/** The last member is gone: the next generation has none, and is remembered at once. */
function becomeEmpty(group: ClassicGroup, work: Work): void {
  group.initialRebalance = undefined;
  const record = group.record(work.wallMs, []);
  work.records.push({ ...record, generation: group.generation + 1, protocolName: null, leaderId: null });
}

function cancelSyncs(group: ClassicGroup, work: Work): void {
  for (const member of group.members.values()) {
    member.assignment = noAssignment;
    answerSync(group, member, syncError('REBALANCE_IN_PROGRESS'), work);
  }
}

/** Lets a member wait for the next generation. An older JoinGroup of it, given up by its client, is answered. */
export function awaitJoin(group: ClassicGroup, member: ClassicMember, work: Work): void {
  answerJoin(group, member, joinError(member.memberId, 'REBALANCE_IN_PROGRESS'), work);
  group.setJoinTicket(member, work.ticket);
}
