import { type Assignor, allPartitions, emptyAssignment, inMemberOrder, toResult } from './assignor.ts';

/** Deals all partitions of all topics out like cards, to those who subscribe to the topic. */
export function roundRobinAssignor(): Assignor {
  return {
    name: 'roundrobin',
    protocol: 'eager',
    assign(members, partitionCounts) {
      const assignment = emptyAssignment(members);
      const ordered = inMemberOrder(members);
      const topics = members.flatMap((member) => member.topics);
      let turn = 0;
      for (const partition of allPartitions(topics, partitionCounts)) {
        for (;;) {
          const member = ordered[turn % ordered.length];
          turn += 1;
          if (member === undefined || !member.topics.includes(partition.topic)) continue;
          assignment.get(member.memberId)?.push(partition);
          break;
        }
      }
      return toResult(assignment);
    },
  };
}
