import { type Assignor, compareText, emptyAssignment, inMemberOrder, toResult } from './assignor.ts';

/**
 * Gives each member consecutive partitions of each topic. Topics with the same number of partitions are divided alike,
 * so that a member gets the same partition numbers of all of them: what joins need.
 */
export function rangeAssignor(): Assignor {
  return {
    name: 'range',
    protocol: 'eager',
    assign(members, partitionCounts) {
      const assignment = emptyAssignment(members);
      const ordered = inMemberOrder(members);
      for (const topic of [...partitionCounts.keys()].sort(compareText)) {
        const takers = ordered.filter((member) => member.topics.includes(topic));
        const count = partitionCounts.get(topic) ?? 0;
        const each = Math.floor(count / takers.length);
        const extra = count % takers.length;
        takers.forEach(({ memberId }, index) => {
          const from = each * index + Math.min(index, extra);
          const to = from + each + (index < extra ? 1 : 0);
          for (let partition = from; partition < to; partition++) assignment.get(memberId)?.push({ topic, partition });
        });
      }
      return toResult(assignment);
    },
  };
}
