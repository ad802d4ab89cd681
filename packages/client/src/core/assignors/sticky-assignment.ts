import type { TopicPartition } from '../../record.ts';
import {
  type Assignment,
  allPartitions,
  compareText,
  emptyAssignment,
  type GroupSubscription,
  partitionKey,
} from './assignor.ts';

/** Divides all partitions evenly and lets members keep what they own as far as that allows. */
export function stickyAssignment(
  members: readonly GroupSubscription[],
  partitionCounts: ReadonlyMap<string, number>,
  owned: Assignment,
): Assignment {
  const all = allPartitions(
    members.flatMap((member) => member.topics),
    partitionCounts,
  );
  return haveEqualTopics(members) ? assignAlike(members, all, owned) : assignUnlike(members, all, owned);
}

function haveEqualTopics(members: readonly GroupSubscription[]): boolean {
  const texts = members.map((member) => [...new Set(member.topics)].sort(compareText).join('\0'));
  return texts.every((text) => text === texts[0]);
}

/** Where everyone subscribes to the same, quotas decide: each member gets the rounded-down share, some get one more. */
function assignAlike(
  members: readonly GroupSubscription[],
  all: readonly TopicPartition[],
  owned: Assignment,
): Assignment {
  const assignment = emptyAssignment(members);
  const quota = Math.floor(all.length / members.length);
  let extras = all.length % members.length;
  const names = members.map((member) => member.memberId).sort(compareText);
  for (const name of names) {
    const own = owned.get(name) ?? [];
    const keeps = own.length > quota && extras > 0 ? quota + 1 : Math.min(own.length, quota);
    if (keeps > quota) extras -= 1;
    assignment.set(name, own.slice(0, keeps));
  }
  const sizeOf = (name: string) => assignment.get(name)?.length ?? 0;
  const left = without(all, assignment).reverse();
  const give = (name: string) => {
    const partition = left.pop();
    if (partition !== undefined) assignment.get(name)?.push(partition);
  };
  // First everyone below the quota gets one in turn; then those at it get one more, who came to it first.
  const atQuota = names.filter((name) => sizeOf(name) === quota);
  let below = names.filter((name) => sizeOf(name) < quota);
  while (below.length > 0) {
    for (const name of below) give(name);
    atQuota.push(...below.filter((name) => sizeOf(name) >= quota));
    below = below.filter((name) => sizeOf(name) < quota);
  }
  for (const name of atQuota) give(name);
  return assignment;
}

/** Where subscriptions differ, each partition goes to the member with the fewest of those who may have it. */
function assignUnlike(
  members: readonly GroupSubscription[],
  all: readonly TopicPartition[],
  owned: Assignment,
): Assignment {
  const assignment: Assignment = new Map(
    members.map(({ memberId }) => [memberId, [...(owned.get(memberId) ?? [])]] as const),
  );
  const takers = takersByTopic(members);
  const sizeOf = (name: string) => assignment.get(name)?.length ?? 0;
  const least = (names: readonly string[]) => names.reduce((best, name) => (sizeOf(name) < sizeOf(best) ? name : best));
  for (const partition of without(all, assignment)) {
    const names = takers.get(partition.topic) ?? [];
    if (names.length > 0) assignment.get(least(names))?.push(partition);
  }
  // Each move lowers the sum of the squares of the sizes, so that this ends.
  for (let hasMoved = true; hasMoved; ) {
    hasMoved = false;
    for (const [from, partitions] of assignment) {
      for (const partition of [...partitions]) {
        const to = least(takers.get(partition.topic) ?? [from]);
        if (sizeOf(from) - sizeOf(to) < 2) continue;
        partitions.splice(partitions.indexOf(partition), 1);
        assignment.get(to)?.push(partition);
        hasMoved = true;
      }
    }
  }
  return assignment;
}

function takersByTopic(members: readonly GroupSubscription[]): ReadonlyMap<string, readonly string[]> {
  const takers = new Map<string, string[]>();
  for (const { memberId, topics } of [...members].sort((a, b) => compareText(a.memberId, b.memberId))) {
    for (const topic of new Set(topics)) {
      const names = takers.get(topic);
      if (names === undefined) takers.set(topic, [memberId]);
      else names.push(memberId);
    }
  }
  return takers;
}

function without(all: readonly TopicPartition[], assignment: Assignment): TopicPartition[] {
  const taken = new Set([...assignment.values()].flat().map(partitionKey));
  return all.filter((partition) => !taken.has(partitionKey(partition)));
}
