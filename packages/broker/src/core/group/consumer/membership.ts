import type { ConsumerGroup } from './consumer-group.ts';
import { memberTombstones } from './consumer-group.ts';
import {
  assignmentValueOf,
  type ConsumerMember,
  memberValueOf,
  specialEpoch,
  unknownMember,
} from './consumer-member.ts';
import type { Draft } from './draft.ts';
import { includesAll, type TopicPartitions } from './partitions.ts';
import { type Refusal, refusal } from './scene.ts';

/** Who says who it is. */
export interface Claim {
  readonly memberId: string;
  readonly instanceId: string | null;
  /** Whether it may be new. */
  readonly isJoining: boolean;
  readonly isClassic: boolean;
}

export function checkRoom(
  group: ConsumerGroup,
  { memberId, instanceId }: Claim,
  membersMax: number,
): Refusal | undefined {
  if (group.memberOfInstance(instanceId) !== undefined) return undefined; // It comes back, or is refused.
  if (group.members.size < membersMax || group.members.has(memberId)) return undefined;
  return refusal(
    'GROUP_MAX_SIZE_REACHED',
    `The consumer group has reached its maximum capacity of ${membersMax} members.`,
  );
}

/** The member that somebody claims to be, as it is; a static one that comes back has its new id already. */
export function findMember(draft: Draft, claim: Claim): ConsumerMember | Refusal {
  const { group } = draft;
  const { memberId, instanceId, isJoining, isClassic } = claim;
  if (instanceId === null || (isJoining && group.memberOfInstance(instanceId) === undefined)) {
    const member = group.members.get(memberId);
    if (member !== undefined) return member;
    return isJoining ? unknownMember(memberId) : unknownMemberRefusal(group, memberId);
  }
  const current = isJoining ? group.memberOfInstance(instanceId) : checkInstance(group, memberId, instanceId);
  if (current === undefined || 'error' in current || !isJoining) return current ?? unknownInstance(instanceId);
  const isReleased = current.memberEpoch === specialEpoch.leaveForNow;
  if (!isReleased && !isClassic && current.classic === null) {
    const owner = current.memberId;
    return refusal(
      'UNRELEASED_INSTANCE_ID',
      `Static member ${memberId} with instance id ${instanceId} cannot join the group because the instance id is owned by ${owner} member.`,
    );
  }
  return replace(draft, current, memberId);
}

/** The static member of an instance, when it is the one that asks. */
export function checkInstance(group: ConsumerGroup, memberId: string, instanceId: string): ConsumerMember | Refusal {
  const current = group.memberOfInstance(instanceId);
  if (current === undefined) return unknownInstance(instanceId);
  if (current.memberId === memberId) return current;
  return refusal(
    'FENCED_INSTANCE_ID',
    `Static member ${memberId} with instance id ${instanceId} was fenced by member ${current.memberId}.`,
  );
}

export function unknownMemberRefusal({ groupId }: ConsumerGroup, memberId: string): Refusal {
  return refusal('UNKNOWN_MEMBER_ID', `Member ${memberId} is not a member of group ${groupId}.`);
}

function unknownInstance(instanceId: string): Refusal {
  return refusal('UNKNOWN_MEMBER_ID', `Instance id ${instanceId} is unknown.`);
}

/** A static member that is back takes over what it had under its old id. */
function replace(draft: Draft, old: ConsumerMember, memberId: string): ConsumerMember {
  const { group } = draft;
  const { groupId } = group;
  const member = { ...old, memberId, memberEpoch: specialEpoch.join, previousMemberEpoch: specialEpoch.join };
  draft.push(
    ...memberTombstones(groupId, old.memberId),
    { type: 'consumer-member', groupId, memberId, value: memberValueOf(member) },
    { type: 'consumer-target-member', groupId, memberId, value: group.targetOf(old.memberId) },
    { type: 'consumer-assignment', groupId, memberId, value: assignmentValueOf(member) },
  );
  return member;
}

/**
 * Whether a member may act in the epoch that it says it is in. One that is an epoch behind has perhaps not got the answer
 * that brought it further; that is believed when what it has is part of what it was given.
 */
export function checkEpoch(
  member: ConsumerMember,
  epoch: number,
  reported: readonly TopicPartitions[] | null,
): Refusal | undefined {
  if (epoch === specialEpoch.join || epoch === member.memberEpoch) return undefined;
  const isBehind = epoch < member.memberEpoch;
  if (isBehind && epoch === member.previousMemberEpoch && reported !== null && includesAll(member.assigned, reported)) {
    return undefined;
  }
  const relation = isBehind ? 'smaller' : 'greater';
  return refusal(
    'FENCED_MEMBER_EPOCH',
    `The consumer group member has a ${relation} member epoch (${epoch}) than the one known by the group coordinator (${member.memberEpoch}). The member must abandon all its partitions and rejoin.`,
  );
}
