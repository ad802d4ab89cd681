import type { Partitions } from '../partitions.ts';
import type { AssignorMember, AssignorTask } from './assignor.ts';

/**
 * Gives each subscriber of a topic a run of its partitions, in the same order for every topic: topics with as many
 * partitions and the same subscribers are cut alike, so that joins find both sides in one place.
 */
export function assignRanges({ members, partitionCount }: AssignorTask): ReadonlyMap<string, Partitions> {
  const ordered = [...members].sort(compare);
  const subscribers = new Map<string, AssignorMember[]>();
  for (const member of ordered) {
    for (const topicId of member.topicIds) {
      const others = subscribers.get(topicId);
      if (others === undefined) subscribers.set(topicId, [member]);
      else others.push(member);
    }
  }
  const assigned = new Map(members.map(({ memberId }) => [memberId, new Map<string, ReadonlySet<number>>()]));
  for (const [topicId, sharers] of subscribers) {
    const count = partitionCount(topicId);
    let start = 0;
    for (const [index, { memberId }] of sharers.entries()) {
      const size = Math.floor(count / sharers.length) + Number(index < count % sharers.length);
      if (size > 0) assigned.get(memberId)?.set(topicId, run(start, size));
      start += size;
    }
  }
  return assigned;
}

/** Static members first: their ids change when they come back, their instances do not. */
function compare(one: AssignorMember, other: AssignorMember): number {
  if (one.instanceId !== null && other.instanceId !== null) return one.instanceId < other.instanceId ? -1 : 1;
  if (one.instanceId !== null || other.instanceId !== null) return one.instanceId !== null ? -1 : 1;
  return one.memberId < other.memberId ? -1 : 1;
}

function run(start: number, size: number): ReadonlySet<number> {
  return new Set(Array.from({ length: size }, (_, index) => start + index));
}
