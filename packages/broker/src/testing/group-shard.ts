import { assert } from '@nagare/base';
import { codecOf, storedRecords, Writer } from '@nagare/protocol';
import type { JoinEvent } from '../core/group/classic-join.ts';
import { type ClusterView, noTopics } from '../core/group/consumer/cluster-view.ts';
import type { TransactionEndRecord } from '../core/group/group-record.ts';
import type { GroupSettings } from '../core/group/group-settings.ts';
import { decodeRecord, encodeRecords } from '../core/group/records.ts';
import type { JoinReply, SyncReply } from '../core/group/replies.ts';
import { GroupShard } from '../core/group/router.ts';
import type { GroupStep } from '../core/group/work.ts';
import type { StoredPair, Turn } from '../core/shard.ts';

export const testSettings: GroupSettings = {
  sessionTimeoutMsMin: 6_000,
  sessionTimeoutMsMax: 1_800_000,
  initialRebalanceDelayMs: 0,
  membersMax: 1_000,
  offsetMetadataMax: 4_096,
  offsetsRetentionMs: 10_000_000,
  consumer: {
    sessionTimeoutMs: 45_000,
    heartbeatIntervalMs: 5_000,
    membersMax: 1_000,
    assignors: ['uniform', 'range'],
    migrationPolicy: 'bidirectional',
    assignmentIntervalMs: 0,
  },
};

/** Who reads offsets without saying more. */
export const anybody = { memberId: null, memberEpoch: -1, requireStable: false } as const;

/** A subscription of a consumer, as it travels in JoinGroup. */
export function subscriptionTo(...topics: string[]): Buffer {
  const writer = new Writer();
  writer.int16(0);
  codecOf(storedRecords.consumerProtocolSubscription, 0).write(writer, { topics });
  return writer.toBuffer();
}

/** What a test keeps of a request until, and after, its answer. */
export class Asked<Reply> {
  readonly ticket: number;
  replies: Reply[] = [];

  constructor(ticket: number) {
    this.ticket = ticket;
  }

  get isAnswered(): boolean {
    return this.replies.length > 0;
  }

  get reply(): Reply {
    assert(this.replies.length === 1, `Request ${this.ticket} has ${this.replies.length} answers`);
    return this.replies[0] as Reply;
  }
}

/** A core with its log in memory, on virtual time: what a host is to it, without the waiting. */
export class TestShard {
  readonly settings: GroupSettings;
  /** The log: records, and the ends of transactions among them. */
  readonly log: (StoredPair | TransactionEndRecord)[] = [];
  core: GroupShard;
  nowMs = 1_000;
  wakeAtMs = Number.POSITIVE_INFINITY;
  /** Wall-clock time is far from the monotonic one, so that a mix-up of the two shows. */
  readonly wallStartMs = 1_700_000_000_000;
  /** The cluster's topics. */
  topics: ClusterView = noTopics;
  readonly #asked = new Map<number, Asked<never>>();
  #lastTicket = 0;
  #lastMember = 0;

  constructor(settings: Partial<GroupSettings> = {}) {
    this.settings = { ...testSettings, ...settings };
    this.core = new GroupShard(this.settings, this.topics);
  }

  get waitingCount(): number {
    let count = 0;
    for (const asked of this.#asked.values()) if (!asked.isAnswered) count += 1;
    return count;
  }

  ask<Reply>(act: (core: GroupShard, turn: Turn) => GroupStep<Reply>): Asked<Reply> {
    this.#lastTicket += 1;
    const asked = new Asked<Reply>(this.#lastTicket);
    this.#asked.set(asked.ticket, asked as Asked<never>);
    this.#take(act, asked.ticket);
    return asked;
  }

  /** Asks for something that is answered in the same step. */
  call<Reply>(act: (core: GroupShard, turn: Turn) => GroupStep<Reply>): Reply {
    return this.ask(act).reply;
  }

  /** Lets something happen that nobody waits for. */
  run(act: (core: GroupShard, turn: Turn) => GroupStep<unknown>): void {
    this.#take(act, 0);
  }

  setTopics(topics: ClusterView): void {
    this.topics = topics;
    this.run((core, turn) => core.clusterChanged(topics, turn));
  }

  /** Lets time pass; the core is woken when it asked to be. */
  advance(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (let wakes = 0; this.wakeAtMs <= untilMs; wakes++) {
      assert(wakes < 1_000, 'The core wakes again and again');
      this.nowMs = Math.max(this.nowMs, this.wakeAtMs);
      this.wakeAtMs = Number.POSITIVE_INFINITY;
      this.#take((core, turn) => core.wake(turn), 0);
    }
    this.nowMs = untilMs;
  }

  /** Loses everything but the log. */
  crash(): void {
    this.#asked.clear();
    this.core = this.replayed();
    this.wakeAtMs = Number.POSITIVE_INFINITY;
    this.#take((core, turn) => core.loaded(turn), 0);
  }

  /** A second core made of the log alone. */
  replayed(): GroupShard {
    const core = new GroupShard(this.settings, this.topics);
    for (const stored of this.log) {
      const record = 'type' in stored ? stored : decodeRecord(stored);
      if (record !== undefined) core.replay(record);
    }
    return core;
  }

  join(event: Partial<JoinEvent> = {}): Asked<JoinReply> {
    if ((event.memberId ?? '') === '') this.#lastMember += 1;
    const whole: JoinEvent = {
      groupId: 'g',
      memberId: '',
      newMemberId: `m${this.#lastMember}`,
      groupInstanceId: null,
      clientId: 'client',
      clientHost: '/127.0.0.1',
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: subscriptionTo('t') }],
      rebalanceTimeoutMs: 60_000,
      sessionTimeoutMs: 10_000,
      expectsMemberId: false,
      allowsSkippedAssignment: true,
      ...event,
    };
    return this.ask((core, turn) => core.join(whole, turn));
  }

  sync(
    joined: Pick<JoinReply, 'memberId' | 'generationId'>,
    options: { assignments?: Record<string, string>; groupId?: string; groupInstanceId?: string } = {},
  ): Asked<SyncReply> {
    const event = {
      groupId: options.groupId ?? 'g',
      memberId: joined.memberId,
      groupInstanceId: options.groupInstanceId ?? null,
      generationId: joined.generationId,
      protocolType: null,
      protocolName: null,
      assignments: Object.entries(options.assignments ?? {}).map(([memberId, text]) => ({
        memberId,
        assignment: Buffer.from(text),
      })),
    };
    return this.ask((core, turn) => core.sync(event, turn));
  }

  heartbeat(joined: Pick<JoinReply, 'memberId' | 'generationId'>, groupInstanceId: string | null = null): number {
    const { memberId, generationId } = joined;
    const event = { groupId: 'g', memberId, generationId, groupInstanceId };
    return this.call((core, turn) => core.heartbeat(event, turn)).errorCode;
  }

  leave(memberId: string, groupInstanceId: string | null = null): number {
    const event = { groupId: 'g', members: [{ memberId, groupInstanceId }] };
    return this.call((core, turn) => core.leave(event, turn)).members[0]?.errorCode ?? -1;
  }

  /** Ends the transaction of a producer. */
  end(producerId: number, isCommit: boolean): void {
    const end = { type: 'transaction-end', producerId, producerEpoch: 0, isCommit } as const;
    this.log.push(end);
    this.core.replay(end);
  }

  state(groupId = 'g'): string {
    return this.call((core, turn) => core.describe(groupId, turn)).groupState;
  }

  /** A stable group of that many dynamic members, the leader first. */
  stableGroup(size = 1, event: Partial<JoinEvent> = {}): JoinReply[] {
    let joins = [this.join(event)];
    while (joins.length < size) {
      const members = joins.map(({ reply }) => reply.memberId);
      const next = this.join(event);
      joins = [...members.map((memberId) => this.join({ ...event, memberId })), next];
    }
    const replies = joins.map(({ reply }) => reply);
    const assignments = Object.fromEntries(replies.map(({ memberId }) => [memberId, `of ${memberId}`]));
    for (const reply of replies) this.sync(reply, reply.leader === reply.memberId ? { assignments } : {});
    return replies;
  }

  #take(act: (core: GroupShard, turn: Turn) => GroupStep<unknown>, ticket: number): void {
    const step = act(this.core, { ticket, nowMs: this.nowMs, wallMs: this.wallStartMs + this.nowMs });
    this.log.push(...encodeRecords(step.records));
    for (const record of step.records) this.core.replay(record);
    this.wakeAtMs = Math.min(this.wakeAtMs, step.wakeAtMs);
    for (const answer of step.answers) {
      const asked = this.#asked.get(answer.ticket);
      assert(asked !== undefined && !asked.isAnswered, `Answer ${answer.ticket} is nobody's or the second`);
      asked.replies.push(answer.response as never);
    }
  }
}
