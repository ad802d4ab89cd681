import type { Assignor, GroupSubscription, MemberAssignment, TopicPartition } from '@nagare/client';

/** What one task reads: the partitions with its number of all topics of its sub-topology. */
export interface TaskPartitions {
  readonly taskId: string;
  readonly partitions: readonly TopicPartition[];
}

/**
 * Lists the tasks of an application.
 *
 * @param subTopologies - The topics of each sub-topology, by their real names.
 * @param partitionCounts - The partitions of each topic.
 */
export function listTasks(
  subTopologies: readonly { readonly id: number; readonly topics: readonly string[] }[],
  partitionCounts: ReadonlyMap<string, number>,
): TaskPartitions[] {
  return subTopologies.flatMap(({ id, topics }) => {
    const counts = topics.map((topic) => partitionCounts.get(topic) ?? 0);
    return Array.from({ length: Math.max(0, ...counts) }, (_, partition) => ({
      taskId: `${id}_${partition}`,
      partitions: topics
        .filter((_topic, at) => partition < (counts[at] as number))
        .map((topic) => ({ topic, partition })),
    }));
  });
}

/**
 * Divides whole tasks among the members of an application, evenly, and leaves each where it is if it can.
 *
 * It is cooperative: a task that moves is first taken from its old member, and given to the new one in the rebalance that
 * follows, so that two members never have it at once.
 */
export function taskAssignor(
  subTopologies: readonly { readonly id: number; readonly topics: readonly string[] }[],
): Assignor {
  return {
    name: 'nagare-streams',
    protocol: 'cooperative',
    assign: (members, partitionCounts) => assignTasks(members, listTasks(subTopologies, partitionCounts)),
  };
}

/** Gives every member its partitions. */
export function assignTasks(
  members: readonly GroupSubscription[],
  tasks: readonly TaskPartitions[],
): Map<string, MemberAssignment> {
  const ids = members.map(memberName).sort();
  const nameOf = new Map(members.map((member) => [memberName(member), member.memberId]));
  const owners = ownersOf(members, tasks);
  const target = balance(ids, tasks, owners);
  const partitions = new Map<string, TopicPartition[]>(members.map(({ memberId }) => [memberId, []]));
  for (const task of tasks) {
    const next = target.get(task.taskId) as string;
    const owner = owners.get(task.taskId);
    if (owner === undefined || owner === next) partitions.get(nameOf.get(next) as string)?.push(...task.partitions);
  }
  return new Map([...partitions].map(([memberId, list]) => [memberId, { partitions: list }]));
}

/** Static members keep their name, and so their tasks, when they come back under another id. */
function memberName({ groupInstanceId, memberId }: GroupSubscription): string {
  return groupInstanceId === null ? `member ${memberId}` : `instance ${groupInstanceId}`;
}

/** Who has a task now: of several claims the one of the latest generation holds. */
function ownersOf(members: readonly GroupSubscription[], tasks: readonly TaskPartitions[]): Map<string, string> {
  const claims = new Map<string, GroupSubscription>();
  for (const member of members) {
    for (const { topic, partition } of member.ownedPartitions) {
      const key = `${partition} ${topic}`;
      const other = claims.get(key);
      if (other === undefined || other.generationId < member.generationId) claims.set(key, member);
    }
  }
  const owners = new Map<string, string>();
  for (const { taskId, partitions } of tasks) {
    for (const { topic, partition } of partitions) {
      const owner = claims.get(`${partition} ${topic}`);
      if (owner !== undefined) owners.set(taskId, memberName(owner));
    }
  }
  return owners;
}

/** Leaves tasks where they are up to an even share, and gives the rest to whoever has least. */
function balance(
  ids: readonly string[],
  tasks: readonly TaskPartitions[],
  owners: ReadonlyMap<string, string>,
): Map<string, string> {
  const load = new Map(ids.map((id) => [id, 0]));
  const target = new Map<string, string>();
  const give = (taskId: string, id: string) => {
    target.set(taskId, id);
    load.set(id, (load.get(id) as number) + 1);
  };
  const share = Math.floor(tasks.length / ids.length);
  let extras = tasks.length % ids.length;
  for (const { taskId } of tasks) {
    const owner = owners.get(taskId);
    const has = owner === undefined ? undefined : load.get(owner);
    if (owner === undefined || has === undefined || has > share || (has === share && extras === 0)) continue;
    if (has === share) extras -= 1;
    give(taskId, owner);
  }
  for (const { taskId } of tasks) if (!target.has(taskId)) give(taskId, leastLoaded(load));
  return target;
}

function leastLoaded(load: ReadonlyMap<string, number>): string {
  let least: string | undefined;
  for (const [id, count] of load) if (least === undefined || count < (load.get(least) as number)) least = id;
  return least as string;
}
