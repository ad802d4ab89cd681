import type { ErrorName } from '@nagare/protocol';
import type { CommitEvent } from '../commit-event.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import { type ConsumerMember, ownedSinceEpoch } from './consumer-member.ts';

/**
 * Who is no member may commit while there are none. A member may in its epoch; and in an older one, which it still is in
 * when the answer to its last heartbeat is on the way, for partitions that it has had since then or longer (KIP-1251).
 */
export function checkConsumerCommit(group: ConsumerGroup, event: CommitEvent): ErrorName {
  const { memberId, groupInstanceId, generationId: epoch, producer } = event;
  if (epoch < 0 && group.isEmpty) return 'NONE';
  if (producer !== undefined && epoch === -1 && memberId === '' && groupInstanceId === null) return 'NONE';
  const member = group.members.get(memberId);
  if (member === undefined) return 'UNKNOWN_MEMBER_ID';
  if (producer === undefined && member.classic === null && !event.knowsMissingGroups) return 'UNSUPPORTED_VERSION';
  const stale = event.knowsMissingGroups ? staleness(member) : 'ILLEGAL_GENERATION';
  if (epoch > member.memberEpoch) return stale;
  const isCurrent = epoch === member.memberEpoch || event.topics.every((topic) => hasHeld(member, epoch, topic));
  return isCurrent ? 'NONE' : stale;
}

/** NONE, or that a member is not in the epoch that it says it is in. */
export function checkMemberEpoch(member: ConsumerMember, epoch: number): ErrorName {
  return epoch === member.memberEpoch ? 'NONE' : staleness(member);
}

function staleness({ classic }: ConsumerMember): ErrorName {
  return classic === null ? 'STALE_MEMBER_EPOCH' : 'ILLEGAL_GENERATION';
}

function hasHeld(
  member: ConsumerMember,
  epoch: number,
  { topicId, partitions }: CommitEvent['topics'][number],
): boolean {
  return partitions.every(({ partitionIndex }) => {
    const sinceEpoch = ownedSinceEpoch(member, topicId, partitionIndex);
    return sinceEpoch !== undefined && epoch >= sinceEpoch;
  });
}
