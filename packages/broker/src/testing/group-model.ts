import { errorCode } from '@nagare/protocol';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { CommitEvent } from '../core/group/commit-event.ts';
import type { FetchedOffset, FetchedOffsets } from '../core/group/offsets.ts';
import { decodeRecord } from '../core/group/records.ts';
import type { JoinReply, SyncReply } from '../core/group/replies.ts';
import type { GroupShard } from '../core/group/router.ts';
import type { GroupDescription } from '../core/group/views.ts';
import { compactRecords } from './compact-records.ts';
import { GroupClient } from './group-client.ts';
import { anybody, subscriptionTo, TestShard } from './group-shard.ts';
import { OffsetModel } from './offset-model.ts';

const topicId = 'iQ2-sOb7T1uRNzZzBBc4lA';
const topics = ['t', 'u', '__proto__'] as const;
const protocolSets = [['range', 'sticky'], ['sticky', 'range'], ['range']] as const;
const partitions = [0, 1, 2];

const client = fc.nat({ max: 4 });
const topic = fc.constantFrom(...topics);
const producerId = fc.constantFrom(7, 8);
const one = <Name extends string>(name: Name) => fc.constant(name);

/** What may happen to a group. */
export const groupOperation = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: one('join'), client, protocols: fc.nat({ max: 2 }), topics: fc.nat({ max: 2 }) }),
  },
  { weight: 8, arbitrary: fc.record({ do: one('sync'), client }) },
  { weight: 3, arbitrary: fc.record({ do: one('heartbeat'), client }) },
  { weight: 2, arbitrary: fc.record({ do: one('leave'), client }) },
  { weight: 1, arbitrary: fc.record({ do: one('restart'), client }) },
  { weight: 4, arbitrary: fc.record({ do: one('commit'), client, topic }) },
  { weight: 5, arbitrary: fc.record({ do: one('stage'), client, topic, producerId }) },
  { weight: 3, arbitrary: fc.record({ do: one('end'), producerId, isCommit: fc.boolean() }) },
  { weight: 5, arbitrary: fc.record({ do: one('wait'), ms: fc.integer({ min: 1, max: 40_000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: one('crash') }) },
  { weight: 1, arbitrary: fc.record({ do: one('compact') }) },
  { weight: 1, arbitrary: fc.record({ do: one('delete group') }) },
  { weight: 1, arbitrary: fc.record({ do: one('delete offset'), topic }) },
  { weight: 1, arbitrary: fc.record({ do: one('delete topic'), topic }) },
  { weight: 1, arbitrary: fc.record({ do: one('expire') }) },
);
export type GroupOperation = typeof groupOperation extends fc.Arbitrary<infer Value> ? Value : never;

/** A group coordinator beside what is expected of it. The last two clients are processes of one static member. */
export class GroupRun {
  readonly shard: TestShard;
  readonly clients = [null, null, null, 'i', 'i'].map((instance) => new GroupClient(instance));
  readonly #offsets = new OffsetModel();
  #nextOffset = 1;
  #generation = 0;
  /** The last generation of which somebody has been told an assignment: it is remembered for good. */
  #assignedGeneration = 0;
  #protocolOf = new Map<number, string | null>();
  readonly #ownerOf = new Map<string, string>();

  constructor(initialRebalanceDelayMs: number) {
    this.shard = new TestShard({ initialRebalanceDelayMs, membersMax: 4, offsetsRetentionMs: 100_000 });
  }

  take(step: GroupOperation): void {
    this.#act(step);
    this.settle();
    this.check();
  }

  #act(step: GroupOperation): void {
    switch (step.do) {
      case 'join':
        this.join(this.#client(step.client), protocolSets[step.protocols] ?? [], step.topics);
        break;
      case 'sync':
        this.sync(this.#client(step.client));
        break;
      case 'heartbeat':
        this.heartbeat(this.#client(step.client));
        break;
      case 'leave':
        this.#leave(this.#client(step.client));
        break;
      case 'restart':
        this.#client(step.client).forget();
        break;
      case 'commit':
        this.#commit(this.#client(step.client), step.topic);
        break;
      case 'stage':
        this.#commit(this.#client(step.client), step.topic, step.producerId);
        break;
      case 'end':
        this.shard.end(step.producerId, step.isCommit);
        this.#offsets.end(step.producerId, step.isCommit);
        break;
      case 'wait':
        this.shard.advance(step.ms);
        break;
      case 'crash':
        this.#crash();
        break;
      case 'compact':
        this.shard.log.splice(0, this.shard.log.length, ...compactRecords(this.shard.log));
        break;
      case 'delete group':
        this.#deleteGroup();
        break;
      case 'delete offset':
        this.#deleteOffset(step.topic);
        break;
      case 'delete topic':
        this.shard.run((core, turn) => core.topicDeleted({ name: step.topic, id: topicId }, turn));
        this.#offsets.delete(step.topic);
        break;
      case 'expire':
        this.#expire();
        break;
    }
  }

  join(who: GroupClient, names: readonly string[], topicCount = 1): void {
    who.isSynced = false;
    who.join = this.shard.join({
      memberId: who.memberId,
      groupInstanceId: who.instance,
      protocols: names.map((name) => ({ name, metadata: subscriptionTo(...topics.slice(0, topicCount)) })),
      expectsMemberId: true,
      rebalanceTimeoutMs: 9_000,
      sessionTimeoutMs: 6_000,
    });
  }

  /** Asks for the assignment; the leader gives the partitions to the members in turn. */
  sync(who: GroupClient): void {
    if (who.joined === undefined) return;
    const { generationId, members } = who.joined;
    const ownedBy = (index: number) => partitions.filter((partition) => partition % members.length === index);
    const assignments = Object.fromEntries(
      members.map(({ memberId }, index) => [memberId, JSON.stringify([generationId, ...ownedBy(index)])]),
    );
    const asStatic = who.instance === null ? {} : { groupInstanceId: who.instance };
    who.sync = this.shard.sync({ ...who.joined, memberId: who.memberId }, { assignments, ...asStatic });
  }

  heartbeat(who: GroupClient): void {
    const { memberId, instance } = who;
    const error = this.shard.heartbeat({ memberId, generationId: who.joined?.generationId ?? -1 }, instance);
    if (error === errorCode.NONE) return;
    who.joined = undefined;
    if (error !== errorCode.REBALANCE_IN_PROGRESS && error !== errorCode.ILLEGAL_GENERATION) who.forget();
  }

  #leave(who: GroupClient): void {
    this.shard.leave(who.memberId, who.instance);
    who.forget();
  }

  #commit(who: GroupClient, name: string, producer?: number): void {
    const committedOffset = this.#nextOffset++;
    const partition = { partitionIndex: 0, committedOffset, committedLeaderEpoch: 0, committedMetadata: null };
    const event: CommitEvent = {
      groupId: 'g',
      memberId: who.memberId,
      groupInstanceId: who.memberId === '' ? null : who.instance,
      generationId: who.memberId === '' ? -1 : (who.joined?.generationId ?? 0),
      retentionMs: -1,
      knowsMissingGroups: true,
      topics: [{ name, topicId, partitionCount: 1, partitions: [partition] }],
      ...(producer === undefined ? {} : { producer: { id: producer, epoch: 0 } }),
    };
    const reply = this.shard.call((core, turn) => core.commit(event, turn));
    if (reply.errorCode !== errorCode.NONE) return;
    if (producer === undefined) this.#offsets.commit(name, committedOffset);
    else this.#offsets.stage(producer, name, committedOffset);
  }

  #crash(): void {
    this.shard.crash();
    for (const each of this.clients) each.disconnect();
    // A generation that nobody was assigned in is not remembered, and comes again.
    this.#generation = this.#assignedGeneration;
    for (const generation of this.#protocolOf.keys()) {
      if (generation > this.#generation) this.#protocolOf.delete(generation);
    }
  }

  #deleteGroup(): void {
    const { errorCode: code } = this.shard.call((core, turn) => core.deleteGroup('g', turn));
    if (code !== errorCode.NONE) return;
    this.#offsets.clear();
    this.#beginAnew();
  }

  #deleteOffset(name: string): void {
    const event = { groupId: 'g', topics: [{ name, partitionCount: 1, partitions: [{ partitionIndex: 0 }] }] };
    const reply = this.shard.call((core, turn) => core.deleteOffsets(event, turn));
    if (reply.topics[0]?.partitions[0]?.errorCode === errorCode.NONE) this.#offsets.delete(name);
  }

  /** Expiry may take committed offsets, but none that is about to change, and none while the group rebalances. */
  #expire(): void {
    const isResting = ['Empty', 'Stable'].includes(this.shard.state());
    const { committed, unstable } = this.#offsets;
    this.shard.run((core, turn) => core.expireOffsets(turn));
    const left = this.#committedIn(this.shard.core);
    for (const name of committed.keys()) {
      if (left.has(name)) continue;
      expect([isResting, unstable.has(name)]).toEqual([true, false]);
      this.#offsets.delete(name);
    }
    if (this.shard.state() !== 'Dead') return;
    expect(this.#offsets.unstable.size).toBe(0);
    this.#beginAnew();
  }

  #beginAnew(): void {
    this.#generation = 0;
    this.#assignedGeneration = 0;
    this.#protocolOf.clear();
    this.#ownerOf.clear();
  }

  /** Lets the clients see the answers that have come. */
  settle(): void {
    for (const each of this.clients) {
      if (each.join?.isAnswered === true) this.#joined(each, each.join.reply);
      if (each.sync?.isAnswered === true) this.#synced(each, each.sync.reply);
    }
  }

  #joined(who: GroupClient, reply: JoinReply): void {
    who.join = undefined;
    who.joined = undefined;
    if (reply.errorCode === errorCode.MEMBER_ID_REQUIRED) who.memberId = reply.memberId;
    else if (reply.errorCode === errorCode.REBALANCE_IN_PROGRESS) return;
    else if (reply.errorCode !== errorCode.NONE) who.forget();
    else {
      who.memberId = reply.memberId;
      who.joined = reply;
      expect(reply.generationId).toBeGreaterThanOrEqual(this.#generation);
      this.#generation = reply.generationId;
      expect(reply.protocolName).toBe(this.#protocolOf.get(reply.generationId) ?? reply.protocolName);
      this.#protocolOf.set(reply.generationId, reply.protocolName);
    }
  }

  #synced(who: GroupClient, reply: SyncReply): void {
    who.sync = undefined;
    if (reply.errorCode === errorCode.NONE) {
      who.isSynced = true;
      this.#assigned(who, reply.assignment.toString());
    } else if (
      reply.errorCode === errorCode.REBALANCE_IN_PROGRESS ||
      reply.errorCode === errorCode.ILLEGAL_GENERATION
    ) {
      who.joined = undefined;
    } else who.forget();
  }

  /** No partition has two owners in one generation. */
  #assigned(who: GroupClient, assignment: string): void {
    const current = who.joined?.generationId ?? -1;
    this.#assignedGeneration = Math.max(this.#assignedGeneration, current);
    if (assignment === '') return;
    const [generation, ...owned] = JSON.parse(assignment) as number[];
    expect(generation).toBe(current);
    for (const partition of owned) {
      const place = `${generation}/${partition}`;
      expect(this.#ownerOf.get(place) ?? who.owner).toBe(who.owner);
      this.#ownerOf.set(place, who.owner);
    }
  }

  #client(index: number): GroupClient {
    return this.clients[index] as GroupClient;
  }

  #fetch(core: GroupShard, names: readonly string[] | null): Map<string, FetchedOffset> {
    const turn = { ticket: 1, nowMs: this.shard.nowMs, wallMs: 0 };
    const asked = names?.map((name) => ({ name, topicId, partitionIndexes: [0] })) ?? null;
    const event = { ...anybody, groupId: 'g', requireStable: names !== null, topics: asked };
    const replies = core.fetchOffsets(event, turn).answers.map(({ response }) => response as FetchedOffsets);
    const answered = replies.flatMap((reply) => reply.topics);
    return new Map(answered.map(({ name, partitions: [first] }) => [name, first as FetchedOffset]));
  }

  #committedIn(core: GroupShard): Map<string, number> {
    return new Map([...this.#fetch(core, null)].map(([name, { committedOffset }]) => [name, committedOffset]));
  }

  #unstableIn(core: GroupShard): Set<string> {
    const fetched = [...this.#fetch(core, topics)];
    const unstable = fetched.filter(([, { errorCode: code }]) => code === errorCode.UNSTABLE_OFFSET_COMMIT);
    return new Set(unstable.map(([name]) => name));
  }

  /** What holds at any time: the log tells all that was acknowledged, and a group at rest is what it tells. */
  check(): void {
    const { core, nowMs } = this.shard;
    const turn = { ticket: 1, nowMs, wallMs: 0 };
    const replayed = this.shard.replayed();
    for (const each of [core, replayed]) {
      expect(this.#committedIn(each)).toEqual(this.#offsets.committed);
      expect(this.#unstableIn(each)).toEqual(this.#offsets.unstable);
    }
    const state = this.shard.state();
    const told = replayed.describe('g', turn).answers.map(({ response }) => response as GroupDescription);
    const isTold = told.some(({ groupState }) => groupState !== 'Dead');
    // A group of which nobody has become a member yet is empty, too, and not in the log.
    if (state === 'Stable' || (state === 'Empty' && isTold)) {
      expect(told).toEqual(core.describe('g', turn).answers.map(({ response }) => response));
    }
  }

  /** The clients do as they should for a while: who is told to join joins, who has joined syncs. */
  behave(rounds: number): void {
    for (let round = 0; round < rounds; round++) {
      for (const [index, each] of this.clients.entries()) {
        if (index === 4 || each.isWaiting) continue; // Of the two static processes one is gone.
        if (each.joined === undefined) this.join(each, protocolSets[0]);
        else if (!each.isSynced) this.sync(each);
        else this.heartbeat(each);
        this.settle();
      }
      this.shard.advance(1_000);
      this.settle();
      this.check();
    }
  }

  /** The generations that the log has seen, between deletions of the group. */
  loggedGenerations(): number[][] {
    const lives: number[][] = [[]];
    for (const stored of this.shard.log) {
      const record = 'type' in stored ? stored : decodeRecord(stored);
      if (record?.type === 'group-tombstone') lives.push([]);
      if (record?.type === 'group-metadata') lives.at(-1)?.push(record.generation);
    }
    return lives;
  }
}
