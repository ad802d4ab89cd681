import type { Assignor, GroupSubscription, MemberAssignment, TopicPartition } from '@nagare/client';
import {
  decodeOrders,
  decodeReport,
  encodeOrders,
  encodeReport,
  type MemberOrders,
  type MemberReport,
} from './member-data.ts';
import { type Candidate, type Placement, type PlacementSettings, placeTasks } from './place-tasks.ts';
import { taskIdOf } from './task-id.ts';

/** What is to be known of a sub-topology to place its tasks. */
export interface AssignablePart {
  readonly id: number;
  /** By their real names. */
  readonly topics: readonly string[];
  /** Whether it has state that can be restored from changelogs. */
  readonly stateful: boolean;
}

/** What one task reads: the partitions with its number of all topics of its sub-topology. */
export interface TaskPartitions {
  readonly taskId: string;
  readonly stateful: boolean;
  readonly partitions: readonly TopicPartition[];
}

/** This member, as the assignor asks and tells it. */
export interface AssignedMember {
  report(): MemberReport;
  obey(orders: MemberOrders): void;
}

/**
 * Lists the tasks of an application.
 *
 * @param partitionCounts - The partitions of each topic.
 */
export function listTasks(
  parts: readonly AssignablePart[],
  partitionCounts: ReadonlyMap<string, number>,
): TaskPartitions[] {
  return parts.flatMap(({ id, topics, stateful }) => {
    const counts = topics.map((topic) => partitionCounts.get(topic) ?? 0);
    return Array.from({ length: Math.max(0, ...counts) }, (_, partition) => ({
      ...{ taskId: taskIdOf(id, partition), stateful },
      partitions: topics
        .filter((_topic, at) => partition < (counts[at] as number))
        .map((topic) => ({ topic, partition })),
    }));
  });
}

/**
 * Divides whole tasks among the members of an application: {@link placeTasks} says where they go.
 *
 * It is cooperative: a task that moves is first taken from its old member, and given to the new one in the rebalance that
 * follows, so that two members never have it at once.
 */
export function taskAssignor(
  parts: readonly AssignablePart[],
  settings: PlacementSettings,
  member: AssignedMember,
): Assignor {
  let serial = 0;
  return {
    name: 'nagare-streams',
    protocol: 'cooperative',
    userData: () => {
      serial += 1;
      return encodeReport(member.report(), serial);
    },
    assign: (members, partitionCounts) => assignTasks(members, listTasks(parts, partitionCounts), settings),
    onAssignment: ({ userData }) => member.obey(decodeOrders(userData)),
  };
}

/** Gives every member its partitions and its orders. */
export function assignTasks(
  members: readonly GroupSubscription[],
  tasks: readonly TaskPartitions[],
  settings: PlacementSettings,
): Map<string, MemberAssignment> {
  const owners = ownersOf(members, tasks);
  const placement = placeTasks(
    tasks,
    members.map((member) => candidate(member, owners)),
    settings,
  );
  return new Map(
    members.map((member) => {
      const name = memberName(member);
      const isFree = (taskId: string) => (owners.get(taskId) ?? name) === name;
      const given = tasks.filter(({ taskId }) => placement.active.get(taskId) === name && isFree(taskId));
      const coming = tasks.filter(
        ({ taskId, stateful }) => stateful && placement.active.get(taskId) === name && !isFree(taskId),
      );
      const orders = ordersFor(name, placement, coming);
      return [
        member.memberId,
        { partitions: given.flatMap(({ partitions }) => partitions), userData: encodeOrders(orders) },
      ];
    }),
  );
}

/** @param coming - Tasks that are still to be taken from another member: their state is kept warm until then. */
function ordersFor(name: string, placement: Placement, coming: readonly TaskPartitions[]): MemberOrders {
  const listing = (places: ReadonlyMap<string, readonly string[]>) =>
    [...places.keys()].filter((taskId) => places.get(taskId)?.includes(name));
  const standby = [...listing(placement.standby), ...coming.map(({ taskId }) => taskId)];
  return { standby, awaited: listing(placement.awaited) };
}

/** Static members keep their name, and so their tasks, when they come back under another id. */
function memberName({ groupInstanceId, memberId }: GroupSubscription): string {
  return groupInstanceId === null ? `member ${memberId}` : `instance ${groupInstanceId}`;
}

function candidate(member: GroupSubscription, owners: ReadonlyMap<string, string>): Candidate {
  const name = memberName(member);
  const running = new Set([...owners.keys()].filter((taskId) => owners.get(taskId) === name));
  const { positions, keeping } = decodeReport(member.userData);
  return { name, running, positions, keeping };
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
