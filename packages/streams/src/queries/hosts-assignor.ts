import type { Assignor, GroupSubscription, MemberAssignment } from '@nagare/client';
import { taskIdOf } from '../core/task-id.ts';
import type { HostTasks } from './owners.ts';

export interface HostsOptions {
  /** Where this process answers queries, if it does. */
  readonly server: () => string | undefined;
  /** The topics of each sub-topology, by their real names. */
  readonly subTopologies: readonly { readonly id: number; readonly topics: readonly string[] }[];
  /** The standby tasks that an assignment's own data gives to its member. */
  readonly standbyTasksOf: (userData: Buffer | null) => readonly string[];
  /** Told who has what, with each assignment of this process. */
  readonly onHosts: (hosts: readonly HostTasks[]) => void;
}

/**
 * Has an assignor tell every member where the others answer queries and which tasks they have, as Kafka Streams does with
 * `application.server`: each tells the leader its address when it joins, and the leader tells all of them with their assignment.
 *
 * What the assignor itself says in the members' data goes along unchanged.
 */
export function withHosts(assignor: Assignor, options: HostsOptions): Assignor {
  return {
    name: assignor.name,
    protocol: assignor.protocol,
    userData: (topics, generationId) =>
      wrap({ server: options.server() }, assignor.userData?.(topics, generationId) ?? null),
    assign(members, partitionCounts) {
      const known = members.map((member) => ({ member, ...unwrap(member.userData) }));
      const plain = known.map(({ member, inner }): GroupSubscription => ({ ...member, userData: inner }));
      const result = assignor.assign(plain, partitionCounts);
      const hosts = known.flatMap(({ member, head: { server } }): HostTasks[] => {
        const given = result.get(member.memberId);
        return typeof server !== 'string' || given === undefined ? [] : [hostOf(server, given, options)];
      });
      return new Map(
        Array.from(result, ([memberId, { partitions, userData }]) => [
          memberId,
          { partitions, userData: wrap({ hosts }, userData ?? null) },
        ]),
      );
    },
    onAssignment({ partitions, userData }, generationId) {
      const { head, inner } = unwrap(userData ?? null);
      if (areHosts(head.hosts)) options.onHosts(head.hosts);
      assignor.onAssignment?.({ partitions, userData: inner }, generationId);
    },
  };
}

function hostOf(server: string, { partitions, userData }: MemberAssignment, options: HostsOptions): HostTasks {
  const active = new Set<string>();
  for (const { topic, partition } of partitions) {
    for (const { id, topics } of options.subTopologies) if (topics.includes(topic)) active.add(taskIdOf(id, partition));
  }
  return { server, active: [...active], standby: options.standbyTasksOf(userData ?? null) };
}

/** What is put in front of an assignor's own data. */
interface Head {
  readonly server?: unknown;
  readonly hosts?: unknown;
}

/** Begins what we wrap: no data of an assignor does. */
const mark = Buffer.from('{"nagareHosts":1');

function wrap(head: Head, inner: Buffer | null): Buffer {
  return Buffer.from(JSON.stringify({ nagareHosts: 1, ...head, inner: inner?.toString('base64') ?? null }));
}

/** Members of a version that tells no addresses have data of the assignor alone. */
function unwrap(userData: Buffer | null): { readonly head: Head; readonly inner: Buffer | null } {
  if (userData === null || !userData.subarray(0, mark.length).equals(mark)) return { head: {}, inner: userData };
  try {
    const { inner, ...head } = JSON.parse(userData.toString()) as Head & { readonly inner: unknown };
    return { head, inner: typeof inner === 'string' ? Buffer.from(inner, 'base64') : null };
  } catch {
    return { head: {}, inner: null };
  }
}

function areHosts(value: unknown): value is readonly HostTasks[] {
  if (!Array.isArray(value)) return false;
  return value.every((each: Partial<HostTasks> | null) => {
    const { server, active, standby } = each ?? {};
    return typeof server === 'string' && areTexts(active) && areTexts(standby);
  });
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
