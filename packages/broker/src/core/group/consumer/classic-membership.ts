import { type ErrorName, errorCode } from '@nagare/protocol';
import { consumerProtocolType } from '../classic-group.ts';
import type { JoinEvent } from '../classic-join.ts';
import type { HeartbeatEvent, LeaveEvent, LeaveReply } from '../classic-session.ts';
import type { SyncEvent } from '../classic-sync.ts';
import { type JoinReply, joinError, type SyncReply, syncError } from '../replies.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import { type ClassicSide, type ConsumerMember, orderedNames } from './consumer-member.ts';
import { removeMembers } from './departure.ts';
import type { Draft } from './draft.ts';
import { type EmbeddedSubscription, readSubscription, withIds, writeAssignment } from './embedded-protocol.ts';
import { changeMember } from './member-change.ts';
import { checkInstance, checkRoom, findMember, unknownMemberRefusal } from './membership.ts';
import { isRefusal, type Refusal, refusal, type Scene } from './scene.ts';

/** A member as far as it speaks the classic protocol. */
type ClassicMemberOf = ConsumerMember & { readonly classic: ClassicSide };

/**
 * Lets a client of the classic protocol into a consumer group. It is answered at once: its generation is its epoch, no
 * member leads, and the broker assigns.
 */
export function joinClassic(draft: Draft, event: JoinEvent, scene: Scene): JoinReply | Refusal {
  const { group } = draft;
  const isUnknown = event.memberId === '';
  const memberId = isUnknown ? event.newMemberId : event.memberId;
  const { groupInstanceId: instanceId, protocols } = event;
  const isJoining = instanceId === null || isUnknown;
  const claim = { memberId, instanceId, isJoining, isClassic: true };
  const subscription = readSubscription(protocols[0]?.metadata ?? Buffer.alloc(0));
  const refused = checkJoin(group, event, scene) ?? checkRoom(group, claim, scene.work.settings.consumer.membersMax);
  if (refused !== undefined) return refused;
  if (subscription === undefined) return refusal('INCONSISTENT_GROUP_PROTOCOL', 'Malformed subscription.');
  if (isUnknown && instanceId === null && event.expectsMemberId) return joinError(memberId, 'MEMBER_ID_REQUIRED');
  const before = findMember(draft, claim);
  if (isRefusal(before)) return before;
  const after = classicMember(before, event, subscription);
  const reported = withIds(subscription.ownedPartitions, scene.topics);
  const member = changeMember(draft, { before, after, reported }, scene);
  if (isRefusal(member)) return member;
  const { live } = draft;
  live.deadlines.clear(memberId, 'join');
  live.setDeadline(memberId, 'session', scene.work.nowMs + event.sessionTimeoutMs);
  live.setDeadline(memberId, 'sync', scene.work.nowMs + Math.max(event.rebalanceTimeoutMs, 0));
  return {
    ...joinError(memberId, 'NONE'),
    generationId: member.memberEpoch,
    protocolType: consumerProtocolType,
    protocolName: after.classic.protocols[0]?.name ?? null,
  };
}

function checkJoin({ subscriptions }: ConsumerGroup, event: JoinEvent, { work }: Scene): Refusal | undefined {
  const { protocolType, protocols } = event;
  const isCommon = protocols.some(
    ({ name }) => (subscriptions.classicProtocols.get(name) ?? 0) === subscriptions.classicCount,
  );
  if (work.settings.consumer.migrationPolicy !== 'disabled' && protocolType === consumerProtocolType && isCommon) {
    return undefined;
  }
  return refusal('INCONSISTENT_GROUP_PROTOCOL', `Member ${event.memberId}'s protocols are not supported.`);
}

function classicMember(
  member: ConsumerMember,
  event: JoinEvent,
  { topics, rackId }: EmbeddedSubscription,
): ClassicMemberOf {
  const { sessionTimeoutMs, rebalanceTimeoutMs } = event;
  const protocols = event.protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) }));
  return {
    ...member,
    instanceId: event.groupInstanceId ?? member.instanceId,
    rackId: rackId ?? member.rackId,
    clientId: event.clientId,
    clientHost: event.clientHost,
    topicNames: orderedNames(topics),
    topicRegex: '',
    rebalanceTimeoutMs: rebalanceTimeoutMs < 0 ? member.rebalanceTimeoutMs : rebalanceTimeoutMs,
    classic: { sessionTimeoutMs, protocols },
  };
}

/** Gives a member of the classic protocol what it has been assigned in its generation. */
export function syncClassic(draft: Draft, event: SyncEvent, { topics, work }: Scene): SyncReply {
  const { group, live } = draft;
  const member = classicMemberOf(group, event);
  if (typeof member === 'string') return syncError(member);
  const { memberId, classic } = member;
  const [protocol] = classic.protocols;
  const isOtherType = event.protocolType !== null && event.protocolType !== consumerProtocolType;
  if (isOtherType || (event.protocolName !== null && event.protocolName !== protocol?.name)) {
    return syncError('INCONSISTENT_GROUP_PROTOCOL');
  }
  if (group.targetEpoch > member.memberEpoch && member.state !== 'unrevoked') {
    expectJoin(live, member, work.nowMs);
    return syncError('REBALANCE_IN_PROGRESS');
  }
  live.deadlines.clear(memberId, 'sync');
  live.setDeadline(memberId, 'session', work.nowMs + classic.sessionTimeoutMs);
  const version = readSubscription(protocol?.metadata ?? Buffer.alloc(0))?.version ?? 0;
  const { protocolType, protocolName } = event;
  const assignment = writeAssignment(member.assigned, version, topics);
  return { errorCode: errorCode.NONE, protocolType, protocolName, assignment };
}

/**
 * Says that a member of the classic protocol lives. It has to join again for a new target, to say that it has given up
 * partitions, and when partitions that it waits for are free.
 */
export function heartbeatClassic(draft: Draft, event: HeartbeatEvent, { work }: Scene): ErrorName {
  const { group, live } = draft;
  const member = classicMemberOf(group, event);
  if (typeof member === 'string') return member;
  live.setDeadline(member.memberId, 'session', work.nowMs + member.classic.sessionTimeoutMs);
  const { state, memberEpoch } = member;
  const isDone = state === 'stable' || (state === 'unreleased' && isWaiting(group, member));
  if (memberEpoch >= group.targetEpoch && isDone) return 'NONE';
  expectJoin(live, member, work.nowMs);
  return 'REBALANCE_IN_PROGRESS';
}

export function leaveClassic(draft: Draft, event: LeaveEvent, scene: Scene): LeaveReply {
  const { group } = draft;
  const leaving = new Set<string>();
  const members = event.members.map(({ memberId, groupInstanceId }) => {
    const member = leavingMember(group, memberId, groupInstanceId);
    if (!isRefusal(member)) leaving.add(member.memberId);
    return { memberId, groupInstanceId, errorCode: errorCode[isRefusal(member) ? member.error : 'NONE'] };
  });
  removeMembers(draft, [...leaving], scene);
  return { errorCode: errorCode.NONE, members };
}

/** A static member can be put out by its instance alone. */
function leavingMember(group: ConsumerGroup, memberId: string, instanceId: string | null): ConsumerMember | Refusal {
  const member = instanceId === null ? group.members.get(memberId) : group.memberOfInstance(instanceId);
  if (member === undefined) return unknownMemberRefusal(group, memberId);
  return instanceId === null || memberId === '' ? member : checkInstance(group, memberId, instanceId);
}

/** The member of the classic protocol that asks in its generation, or why it is refused. */
function classicMemberOf(group: ConsumerGroup, event: HeartbeatEvent): ClassicMemberOf | ErrorName {
  const { memberId, groupInstanceId, generationId } = event;
  const member =
    groupInstanceId === null
      ? (group.members.get(memberId) ?? unknownMemberRefusal(group, memberId))
      : checkInstance(group, memberId, groupInstanceId);
  if (isRefusal(member)) return member.error;
  const { classic, memberEpoch } = member;
  if (classic === null) return 'UNKNOWN_MEMBER_ID';
  return memberEpoch === generationId ? { ...member, classic } : 'ILLEGAL_GENERATION';
}

/** A member that was told to join again has its rebalance timeout for it. */
function expectJoin(live: ConsumerGroup, { memberId, rebalanceTimeoutMs }: ConsumerMember, nowMs: number): void {
  if (!live.deadlines.has(memberId, 'join')) {
    live.setDeadline(memberId, 'join', nowMs + Math.max(rebalanceTimeoutMs, 0));
  }
}

/** Whether another member still has something of what this one is to have. */
function isWaiting(group: ConsumerGroup, { memberId, assigned }: ConsumerMember): boolean {
  for (const [topicId, indexes] of group.targetOf(memberId)) {
    for (const index of indexes) {
      const isMissing = assigned.get(topicId)?.has(index) !== true;
      if (isMissing && group.owners.ownerOf(topicId, index) !== undefined) return true;
    }
  }
  return false;
}
