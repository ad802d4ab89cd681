import type { Consumer, TopicPartition } from '@nagare/client';
import type { Key, Offset, ReadsByKey } from '../history/event.ts';
import type { Step } from '../run/plan.ts';
import type { ClientBody, ClientRun } from '../world/client-node.ts';
import type { World } from '../world/world.ts';
import { consumerOptionsOf } from './reading.ts';
import { messageOf, readsOf } from './values.ts';

export interface GroupOfClients {
  readonly groupId: string;
  readonly topics: readonly string[];
  /** The processes that have been members, with the name of the member: a static one has several processes. */
  readonly processes: Map<number, string>;
}

/** Reads what the group gives it, and commits what it has read; after an error it is another member. */
export function consuming(world: World, group: GroupOfClients): ClientBody {
  return async (run) => {
    let member = new Member(world, run, group);
    for (let step = run.next(); step !== undefined; step = run.next()) {
      if (step.do === 'wait') await run.sleep(step.ms ?? 0);
      if (step.do !== 'leave' && (await act(run, member, step))) continue;
      await member.consumer.close({ timeoutMs: step.do === 'leave' ? 5_000 : 0 });
      member = new Member(world, run, group);
    }
    await member.consumer.close({ timeoutMs: 5_000 });
  };
}

/** What one poll brought. */
export interface Fetched {
  readonly reads: ReadsByKey;
  /** The offset behind all that was fetched, by key. */
  readonly next: ReadonlyMap<Key, Offset>;
  readonly rebalanced: readonly Key[];
}

/** Does what a step says; false when the member is of no use any more. */
async function act(run: ClientRun, member: Member, step: Step): Promise<boolean> {
  switch (step.do) {
    case 'poll':
      return member.poll(200);
    case 'commit':
      return member.commit();
    case 'consume':
      return consume(run, member, step);
    default:
      return true;
  }
}

/** Polls, takes its time over what it got, and commits it. */
async function consume(run: ClientRun, member: Member, { thinkMs = 0 }: Step): Promise<boolean> {
  if (!(await member.poll(200))) return false;
  if (thinkMs > 0) await run.sleep(thinkMs);
  return member.commit();
}

interface Assignment {
  readonly generation: number;
  readonly keys: readonly Key[];
}

/** A member of a group, whose polls, assignments and commits are written down. */
export class Member {
  readonly consumer: Consumer;
  readonly process: number;
  readonly #world: World;
  readonly #iso: 'rc' | 'ru';
  #assigned: Assignment[] = [];
  #rebalanced = new Set<Key>();

  constructor(world: World, run: ClientRun, { groupId, topics, processes }: GroupOfClients) {
    const { options } = run.plan;
    this.#world = world;
    this.#iso = options.isolation === 'ru' ? 'ru' : 'rc';
    this.process = world.history.newProcess();
    processes.set(this.process, String(options.instanceId ?? this.process));
    const consumer = run.client.consumer({
      ...consumerOptionsOf(run),
      groupId,
      autoCommit: false,
      sessionTimeoutMs: Number(options.sessionTimeoutMs ?? 2_000),
      heartbeatIntervalMs: 300,
      maxPollIntervalMs: 6_000,
      assignors: [options.assignor === 'range' ? 'range' : 'cooperative-sticky'],
      ...(options.instanceId === undefined ? {} : { groupInstanceId: String(options.instanceId) }),
      listener: {
        onAssigned: (partitions) => {
          const keys = this.#keysOf(partitions);
          this.#assigned.push({ generation: consumer.groupMetadata().generationId, keys });
        },
        onRevoked: (partitions) => void this.#keysOf(partitions),
        onLost: (partitions) => void this.#keysOf(partitions),
      },
    });
    this.consumer = consumer;
    world.history.invoke(this.process, 'subscribe').ok();
    consumer.subscribe({ topics });
  }

  /** Polls once, and writes down what the group gave it meanwhile; false when it failed. */
  async poll(timeoutMs: number): Promise<boolean> {
    const invocation = this.#world.history.invoke(this.process, 'poll', [['poll']], { iso: this.#iso });
    try {
      const { reads, rebalanced } = await this.fetch(timeoutMs);
      invocation.ok([['poll', reads]], { rebalanced });
      return true;
    } catch (error) {
      invocation.info(messageOf(error));
      return false;
    } finally {
      this.noteAssignments();
    }
  }

  /** Polls once: what was read, where to go on behind it, and which keys came or went. */
  async fetch(timeoutMs: number): Promise<Fetched> {
    this.#rebalanced = new Set();
    const fetched = await this.consumer.poll({ timeoutMs });
    const next = new Map(fetched.map((chunk) => [this.#world.keyOf(chunk), chunk.nextOffset]));
    return { reads: readsOf(this.#world, fetched), next, rebalanced: [...this.#rebalanced] };
  }

  /** Writes down what the group has given it, once no operation of its process is open. */
  noteAssignments(): void {
    for (const assigned of this.#assigned) this.#world.history.invoke(this.process, 'assign', [], assigned).ok();
    this.#assigned = [];
  }

  /** Commits the positions of all that it has; false when it failed. */
  async commit(): Promise<boolean> {
    const positions = this.positions();
    if (positions.size === 0) return true;
    const generation = this.consumer.groupMetadata().generationId;
    const mop = ['commit', Object.fromEntries(positions)] as const;
    const invocation = this.#world.history.invoke(this.process, 'commit', [mop], { generation });
    try {
      const offsets = [...positions].map(([key, offset]) => ({ ...this.#world.partitionOf(key), offset }));
      await this.consumer.commit(offsets);
      invocation.ok();
      return true;
    } catch (error) {
      invocation.info(messageOf(error));
      return false;
    }
  }

  /** Where it goes on, for each partition that it has and knows its place in. */
  positions(): Map<Key, number> {
    const positions = new Map<Key, number>();
    for (const partition of this.consumer.assignment()) {
      const position = this.consumer.position(partition);
      if (position !== undefined) positions.set(this.#world.keyOf(partition), position);
    }
    return positions;
  }

  #keysOf(partitions: readonly TopicPartition[]): Key[] {
    const keys = partitions.map((partition) => this.#world.keyOf(partition));
    for (const key of keys) this.#rebalanced.add(key);
    return keys;
  }
}
