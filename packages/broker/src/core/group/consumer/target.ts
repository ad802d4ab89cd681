import { type AssignorMember, type AssignorName, assignors } from './assignors/assignor.ts';
import type { ClusterView } from './cluster-view.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import type { ConsumerMember } from './consumer-member.ts';
import type { Draft } from './draft.ts';
import { noPartitions, samePartitions } from './partitions.ts';
import { topicsOf } from './subscriptions.ts';

/** Makes a new target assignment for the group's epoch. */
export function retarget(
  draft: Draft,
  options: { readonly topics: ClusterView; readonly assignor: AssignorName; readonly atMs: number },
): void {
  const { group } = draft;
  const { topicsById } = options.topics;
  const result = assignors[options.assignor]({
    members: assignorMembers(group, options.topics),
    partitionCount: (topicId) => topicsById.get(topicId)?.partitions.length ?? 0,
  });
  const { groupId } = group;
  for (const memberId of group.members.keys()) {
    const target = result.get(memberId) ?? noPartitions;
    if (samePartitions(target, group.targetOf(memberId))) continue;
    draft.push({ type: 'consumer-target-member', groupId, memberId, value: target });
  }
  draft.push({ type: 'consumer-target', groupId, value: { epoch: group.epoch, atMs: options.atMs } });
}

/** Members with the same subscription share one set of topics. */
function assignorMembers(group: ConsumerGroup, topics: ClusterView): AssignorMember[] {
  const shared = new Map<string, ReadonlySet<string>>();
  return Array.from(group.members.values(), (member) => {
    const key = JSON.stringify([member.topicRegex, member.topicNames]);
    const topicIds = shared.get(key) ?? topicIdsOf(group, member, topics);
    shared.set(key, topicIds);
    const { memberId, instanceId } = member;
    return { memberId, instanceId, topicIds, previous: group.targetOf(memberId) };
  });
}

/** The topics that a member subscribes to, of those that exist. */
export function topicIdsOf(group: ConsumerGroup, member: ConsumerMember, { topicsByName }: ClusterView): Set<string> {
  const ids = new Set<string>();
  for (const name of topicsOf(member, group.regexes)) {
    const topic = topicsByName.get(name);
    if (topic !== undefined) ids.add(topic.id);
  }
  return ids;
}
