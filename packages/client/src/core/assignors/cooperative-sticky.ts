import { type Assignor, type GroupSubscription, partitionKey, toResult } from './assignor.ts';
import { ownersBy } from './owners.ts';
import { stickyAssignment } from './sticky-assignment.ts';

/**
 * Divides as the sticky assignor does, while members go on with what they keep. A partition that goes from one member to
 * another is given to nobody at first: its owner gives it up, joins again, and the next assignment hands it over.
 */
export function cooperativeStickyAssignor(): Assignor {
  return {
    name: 'cooperative-sticky',
    protocol: 'cooperative',
    userData(_topics, generationId) {
      const data = Buffer.alloc(4);
      data.writeInt32BE(generationId);
      return data;
    },
    assign(members, partitionCounts) {
      const owned = ownersBy(members, partitionCounts, ({ ownedPartitions, generationId, userData }) => ({
        partitions: ownedPartitions,
        // Members of before subscription version 2 tell their generation in the user data.
        generationId: generationId >= 0 || userData?.length !== 4 ? generationId : userData.readInt32BE(0),
      }));
      const assignment = stickyAssignment(members, partitionCounts, owned);
      const claims = claimsByPartition(members);
      for (const [memberId, partitions] of assignment) {
        const kept = new Set(owned.get(memberId)?.map(partitionKey));
        const isFree = (key: string) => (claims.get(key) ?? []).every((claimant) => claimant === memberId);
        const given = partitions.filter((partition) => {
          const key = partitionKey(partition);
          return kept.has(key) || isFree(key);
        });
        assignment.set(memberId, given);
      }
      return toResult(assignment);
    },
  };
}

/** Who says that they own a partition, rightly or not: each of them may be working on it still. */
function claimsByPartition(members: readonly GroupSubscription[]): ReadonlyMap<string, readonly string[]> {
  const claims = new Map<string, string[]>();
  for (const { memberId, ownedPartitions } of members) {
    for (const partition of ownedPartitions) {
      const key = partitionKey(partition);
      claims.set(key, [...(claims.get(key) ?? []), memberId]);
    }
  }
  return claims;
}
