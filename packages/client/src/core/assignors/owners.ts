import type { TopicPartition } from '../../record.ts';
import { type Assignment, emptyAssignment, type GroupSubscription, partitionKey } from './assignor.ts';

/** What a member says that it owned, and since which generation. */
export interface Claim {
  readonly partitions: readonly TopicPartition[];
  readonly generationId: number;
}

interface Owner {
  readonly memberId: string;
  readonly generationId: number;
  readonly partition: TopicPartition;
  readonly isDisputed: boolean;
}

/**
 * Who owns what, by the members' claims: of two claims to a partition the later generation's is true; two of the same
 * generation cancel each other. Partitions that are gone or no longer subscribed to have no owner.
 */
export function ownersBy(
  members: readonly GroupSubscription[],
  partitionCounts: ReadonlyMap<string, number>,
  claimOf: (member: GroupSubscription) => Claim,
): Assignment {
  const owners = new Map<string, Owner>();
  for (const member of members) {
    const { partitions, generationId } = claimOf(member);
    for (const partition of partitions) {
      if (partition.partition >= (partitionCounts.get(partition.topic) ?? 0)) continue;
      if (!member.topics.includes(partition.topic)) continue;
      const key = partitionKey(partition);
      const other = owners.get(key);
      if (other !== undefined && other.generationId > generationId) continue;
      const isDisputed = other !== undefined && other.generationId === generationId;
      owners.set(key, { memberId: member.memberId, generationId, partition, isDisputed });
    }
  }
  const owned = emptyAssignment(members);
  for (const { memberId, partition, isDisputed } of owners.values()) {
    if (!isDisputed) owned.get(memberId)?.push(partition);
  }
  return owned;
}
