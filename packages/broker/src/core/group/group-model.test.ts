import { errorCode } from '@nagare/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Asked, subscriptionTo, TestShard } from '../../testing/group-shard.ts';
import type { FetchedOffsets } from './offsets.ts';
import { decodeRecord } from './records.ts';
import type { JoinReply, SyncReply } from './replies.ts';
import type { GroupShard } from './router.ts';
import type { GroupDescription } from './views.ts';

const topics = ['t', 'u', '__proto__'] as const;
const protocolSets = [['range', 'sticky'], ['sticky', 'range'], ['range']] as const;

const client = fc.nat({ max: 4 });
const operation = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('join' as const), client, protocols: fc.nat({ max: 2 }) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('sync' as const), client }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('heartbeat' as const), client }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('leave' as const), client }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), client }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('commit' as const), client, topic: fc.constantFrom(...topics) }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 40_000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete group' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete offset' as const), topic: fc.constantFrom(...topics) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete topic' as const), topic: fc.constantFrom(...topics) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const) }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never;

/** A client that remembers what it was told. The last two are static, and of the same instance. */
class Client {
  readonly instance: string | null;
  memberId = '';
  joined: JoinReply | undefined = undefined;
  isSynced = false;
  join: Asked<JoinReply> | undefined = undefined;
  sync: Asked<SyncReply> | undefined = undefined;

  constructor(index: number) {
    this.instance = index < 3 ? null : 'instance';
  }

  get isWaiting(): boolean {
    return this.join !== undefined || this.sync !== undefined;
  }

  forget(): void {
    this.memberId = '';
    this.joined = undefined;
    this.isSynced = false;
    this.join = undefined;
    this.sync = undefined;
  }
}

class Run {
  readonly shard: TestShard;
  readonly clients = Array.from({ length: 5 }, (_, index) => new Client(index));
  /** What was committed and acknowledged, by topic. */
  readonly committed = new Map<string, number>();
  #nextOffset = 1;
  #generation = 0;
  #protocolOf = new Map<number, string | null>();

  constructor(initialRebalanceDelayMs: number) {
    this.shard = new TestShard({ initialRebalanceDelayMs, membersMax: 4, offsetsRetentionMs: 100_000 });
  }

  take(step: Operation): void {
    switch (step.do) {
      case 'join':
        this.join(this.#client(step.client), protocolSets[step.protocols] ?? []);
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
      case 'wait':
        this.shard.advance(step.ms);
        break;
      case 'crash':
        this.#crash();
        break;
      case 'delete group':
        this.#deleteGroup();
        break;
      case 'delete offset':
        this.#deleteOffset(step.topic);
        break;
      case 'delete topic':
        this.shard.run((core, turn) => core.topicDeleted(step.topic, turn));
        this.committed.delete(step.topic);
        break;
      case 'expire':
        this.#expire();
        break;
    }
    this.settle();
    this.check();
  }

  join(one: Client, names: readonly string[]): void {
    one.isSynced = false;
    one.join = this.shard.join({
      memberId: one.memberId,
      groupInstanceId: one.instance,
      protocols: names.map((name) => ({ name, metadata: subscriptionTo('t') })),
      expectsMemberId: true,
      rebalanceTimeoutMs: 9_000,
      sessionTimeoutMs: 6_000,
    });
  }

  sync(one: Client): void {
    if (one.joined === undefined) return;
    const members = one.joined.members.map(({ memberId }) => memberId);
    const assignments = Object.fromEntries(members.map((memberId) => [memberId, `${one.joined?.generationId}`]));
    const asStatic = one.instance === null ? {} : { groupInstanceId: one.instance };
    one.sync = this.shard.sync({ ...one.joined, memberId: one.memberId }, { assignments, ...asStatic });
  }

  heartbeat(one: Client): void {
    const error = this.shard.heartbeat(
      { memberId: one.memberId, generationId: one.joined?.generationId ?? -1 },
      one.instance,
    );
    if (error === errorCode.NONE) return;
    one.joined = undefined;
    if (error !== errorCode.REBALANCE_IN_PROGRESS && error !== errorCode.ILLEGAL_GENERATION) one.forget();
  }

  #leave(one: Client): void {
    this.shard.leave(one.memberId, one.instance);
    one.forget();
  }

  #commit(one: Client, topic: string): void {
    const committedOffset = this.#nextOffset++;
    const partition = { partitionIndex: 0, committedOffset, committedLeaderEpoch: 0, committedMetadata: null };
    const event = {
      groupId: 'g',
      memberId: one.memberId,
      groupInstanceId: one.memberId === '' ? null : one.instance,
      generationId: one.memberId === '' ? -1 : (one.joined?.generationId ?? 0),
      retentionMs: -1,
      knowsMissingGroups: true,
      topics: [{ name: topic, topicId: 'iQ2-sOb7T1uRNzZzBBc4lA', partitionCount: 1, partitions: [partition] }],
    };
    const reply = this.shard.call((core, turn) => core.commit(event, turn));
    if (reply.errorCode === errorCode.NONE) this.committed.set(topic, committedOffset);
  }

  #crash(): void {
    this.shard.crash();
    for (const one of this.clients) {
      one.join = undefined;
      one.sync = undefined;
    }
    // A generation that nobody was assigned in is not remembered, and comes again.
    this.#generation = 0;
    this.#protocolOf = new Map();
  }

  #deleteGroup(): void {
    const { errorCode: code } = this.shard.call((core, turn) => core.deleteGroup('g', turn));
    if (code !== errorCode.NONE) return;
    this.committed.clear();
    this.#generation = 0;
    this.#protocolOf = new Map();
  }

  #deleteOffset(name: string): void {
    const event = { groupId: 'g', topics: [{ name, partitions: [{ partitionIndex: 0 }] }] };
    const reply = this.shard.call((core, turn) => core.deleteOffsets(event, turn));
    if (reply.topics[0]?.partitions[0]?.errorCode === errorCode.NONE) this.committed.delete(name);
  }

  #expire(): void {
    this.shard.run((core, turn) => core.expireOffsets(turn));
    const left = this.#offsets(this.shard.core);
    for (const topic of [...this.committed.keys()]) if (!left.has(topic)) this.committed.delete(topic);
    if (this.shard.state() === 'Dead') {
      this.#generation = 0;
      this.#protocolOf = new Map();
    }
  }

  /** Lets the clients see the answers that have come. */
  settle(): void {
    for (const one of this.clients) {
      if (one.join?.isAnswered === true) this.#joined(one, one.join.reply);
      if (one.sync?.isAnswered === true) this.#synced(one, one.sync.reply);
    }
  }

  #joined(one: Client, reply: JoinReply): void {
    one.join = undefined;
    one.joined = undefined;
    if (reply.errorCode === errorCode.MEMBER_ID_REQUIRED) one.memberId = reply.memberId;
    else if (reply.errorCode === errorCode.REBALANCE_IN_PROGRESS) return;
    else if (reply.errorCode !== errorCode.NONE) one.forget();
    else {
      one.memberId = reply.memberId;
      one.joined = reply;
      expect(reply.generationId).toBeGreaterThanOrEqual(this.#generation);
      this.#generation = reply.generationId;
      const protocol = this.#protocolOf.get(reply.generationId) ?? reply.protocolName;
      expect(reply.protocolName).toBe(protocol);
      this.#protocolOf.set(reply.generationId, protocol);
    }
  }

  #synced(one: Client, reply: SyncReply): void {
    one.sync = undefined;
    if (reply.errorCode === errorCode.NONE) {
      one.isSynced = true;
      const text = reply.assignment.toString();
      if (text !== '') expect(text).toBe(String(one.joined?.generationId));
    } else if (
      reply.errorCode === errorCode.REBALANCE_IN_PROGRESS ||
      reply.errorCode === errorCode.ILLEGAL_GENERATION
    ) {
      one.joined = undefined;
    } else one.forget();
  }

  #client(index: number): Client {
    return this.clients[index] as Client;
  }

  #offsets(core: GroupShard): Map<string, number> {
    const turn = { ticket: 1, nowMs: this.shard.nowMs, wallMs: 0 };
    const step = core.fetchOffsets({ groupId: 'g', topics: null }, turn);
    const fetched = step.answers.map(({ response }) => response as FetchedOffsets).flatMap((each) => each.topics);
    return new Map(fetched.map(({ name, partitions }) => [name, partitions[0]?.committedOffset ?? -1]));
  }

  /** What holds at any time: the log tells all that was acknowledged, and a group at rest is what it tells. */
  check(): void {
    const { core, nowMs } = this.shard;
    const turn = { ticket: 1, nowMs, wallMs: 0 };
    const replayed = this.shard.replayed();
    expect(this.#offsets(core)).toEqual(this.committed);
    expect(this.#offsets(replayed)).toEqual(this.committed);
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
      for (const [index, one] of this.clients.entries()) {
        if (index === 4 || one.isWaiting) continue; // Of the two static processes one is gone.
        if (one.joined === undefined) this.join(one, protocolSets[0]);
        else if (!one.isSynced) this.sync(one);
        else this.heartbeat(one);
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
      const record = decodeRecord(stored);
      if (record?.type === 'group-tombstone') lives.push([]);
      if (record?.type === 'group-metadata') lives.at(-1)?.push(record.generation);
    }
    return lives;
  }
}

test('whatever clients do and crashes undo: the log tells what was acknowledged, and the group comes to rest', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 80 }), fc.constantFrom(0, 3_000), (steps, initialRebalanceDelayMs) => {
      const run = new Run(initialRebalanceDelayMs);
      for (const step of steps) run.take(step);
      run.behave(40);
      expect(run.shard.state()).toBe('Stable');
      expect(run.clients.slice(0, 4).map(({ isSynced }) => isSynced)).toEqual([true, true, true, true]);
      for (const life of run.loggedGenerations()) expect(life).toEqual([...life].sort((a, b) => a - b));
      run.shard.advance(600_000);
      expect(['Empty', 'Dead']).toContain(run.shard.state());
      expect(run.shard.waitingCount).toBe(0);
    }),
    { numRuns: 100 },
  );
});
