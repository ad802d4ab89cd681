import { codecOf, errorCode, Reader, storedRecords } from '@nagare/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConsumerShard, TestConsumer, topicIdOf, topicsView } from '../../../testing/consumer-shard.ts';
import type { Asked } from '../../../testing/group-shard.ts';
import { decodeRecord } from '../records.ts';
import type { JoinReply, SyncReply } from '../replies.ts';
import { ownedBy } from './consumer-member.ts';
import type { CurrentAssignmentValue } from './consumer-record.ts';
import { writeAssignment } from './embedded-protocol.ts';
import { partitionsOf } from './partitions.ts';

const partitionCount = 5;
const topics = topicsView({ t: partitionCount });

/** A client of the classic protocol: it gives everything up before it joins again. */
class ClassicClient {
  readonly #shard: ConsumerShard;
  memberId = '';
  owned: readonly number[] = [];
  #generationId = -1;
  #join: Asked<JoinReply> | undefined = undefined;
  #sync: Asked<SyncReply> | undefined = undefined;

  constructor(shard: ConsumerShard) {
    this.#shard = shard;
  }

  /** Does what comes next: joins, syncs, or sends a heartbeat. */
  beat(): void {
    if (this.#join?.isAnswered) this.#joined(this.#join.reply);
    if (this.#sync?.isAnswered) this.#synced(this.#sync.reply);
    if (this.#join !== undefined || this.#sync !== undefined) return;
    if (this.#generationId < 0) {
      this.#join = this.#shard.join({ memberId: this.memberId, rebalanceTimeoutMs: 20_000, sessionTimeoutMs: 8_000 });
    } else this.#take(this.#shard.heartbeat({ memberId: this.memberId, generationId: this.#generationId }));
  }

  leave(): void {
    this.#shard.leave(this.memberId);
    this.memberId = '';
    this.loseGeneration();
  }

  /** The connection breaks: nothing that was asked will be answered. */
  reconnect(): void {
    if (this.#join !== undefined || this.#sync !== undefined) this.loseGeneration();
  }

  loseGeneration(): void {
    this.owned = [];
    this.#generationId = -1;
    this.#join = undefined;
    this.#sync = undefined;
  }

  #joined(reply: JoinReply): void {
    this.#join = undefined;
    this.#take(reply.errorCode);
    if (reply.errorCode !== errorCode.NONE) return;
    this.memberId = reply.memberId;
    this.#generationId = reply.generationId;
    const { memberId, generationId } = this.#asMember();
    const event = {
      groupId: 'g',
      memberId,
      generationId,
      groupInstanceId: null,
      protocolType: null,
      protocolName: null,
    };
    this.#sync = this.#shard.ask((core, turn) => core.sync({ ...event, assignments: shares(reply) }, turn));
  }

  #asMember() {
    return { memberId: this.memberId, generationId: this.#generationId };
  }

  #synced(reply: SyncReply): void {
    this.#sync = undefined;
    this.#take(reply.errorCode);
    if (reply.errorCode !== errorCode.NONE || reply.assignment.length === 0) return;
    const { assignedPartitions } = codecOf(storedRecords.consumerProtocolAssignment, 0).read(
      new Reader(reply.assignment, 2),
    );
    this.owned = assignedPartitions.flatMap(({ partitions }) => partitions);
  }

  #take(code: number): void {
    if (code === errorCode.NONE) return;
    if (code === errorCode.UNKNOWN_MEMBER_ID) this.memberId = '';
    this.loseGeneration();
  }
}

/** What a leader of the classic protocol assigns. */
function shares({ members }: JoinReply) {
  return members.map(({ memberId }, at) => {
    const partitions = Array.from({ length: partitionCount }, (_, index) => index).filter(
      (index) => index % members.length === at,
    );
    return {
      memberId,
      assignment: writeAssignment(partitionsOf([{ topicId: topicIdOf('t'), partitions }]), 0, topics),
    };
  });
}

const who = fc.nat({ max: 2 });
const operation = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('beat' as const), who }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('apply' as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('leave' as const), who }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('classic beat' as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('classic leave' as const), who }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 20_000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never;

class Run {
  readonly shard = new ConsumerShard();
  readonly consumers: TestConsumer[];
  readonly classics: ClassicClient[];
  #checked = 0;

  constructor() {
    this.shard.setTopics(topics);
    this.consumers = [0, 1, 2].map((index) => new TestConsumer(this.shard, `c${index}`));
    this.classics = [0, 1, 2].map(() => new ClassicClient(this.shard));
  }

  take(step: Operation): void {
    switch (step.do) {
      case 'beat':
        this.consumers[step.who]?.beat();
        break;
      case 'apply':
        this.consumers[step.who]?.apply();
        break;
      case 'leave':
        this.consumers[step.who]?.leave();
        break;
      case 'classic beat':
        this.classics[step.who]?.beat();
        break;
      case 'classic leave':
        this.classics[step.who]?.leave();
        break;
      case 'wait':
        this.shard.advance(step.ms);
        break;
      case 'crash':
        this.shard.crash();
        for (const classic of this.classics) classic.reconnect();
        break;
    }
    this.check();
  }

  readonly #owned = new Map<string, CurrentAssignmentValue>();

  /** In the log, no partition of a consumer group ever has two owners. */
  check(): void {
    const { log } = this.shard;
    for (; this.#checked < log.length; this.#checked++) {
      const stored = log[this.#checked];
      const record = stored === undefined || 'type' in stored ? undefined : decodeRecord(stored);
      if (record?.type !== 'consumer-assignment') continue;
      if (record.value === null) this.#owned.delete(record.memberId);
      else this.#owned.set(record.memberId, record.value);
      const all = [...this.#owned.values()].flatMap((value) => [...ownedBy(value)].map(String));
      expect(all.length).toBe(new Set(all).size);
    }
  }

  /** Those who are named do as they should for a while. */
  behave(consumers: readonly TestConsumer[], classics: readonly ClassicClient[]): void {
    for (let round = 0; round < 30; round++) {
      for (const one of consumers) {
        one.beat();
        one.apply();
      }
      for (const one of classics) one.beat();
      this.shard.advance(1_000);
      this.check();
    }
  }

  /** Every partition is with just one of those who are there. */
  checkRest(consumers: readonly TestConsumer[], classics: readonly ClassicClient[]): void {
    const byConsumers = consumers.flatMap((one) => [...(one.owned.get(topicIdOf('t')) ?? [])]);
    const all = [...byConsumers, ...classics.flatMap((one) => one.owned)];
    expect(all.sort()).toEqual([0, 1, 2, 3, 4]);
  }
}

const wait = (ms: number) => ({ do: 'wait' as const, ms });
/** Once, members that were taken for lost went on reading what classic ones then had. */
const consumersExpireBesideAClassicOne: Operation[] = [
  ...[1, 2, 0].map((who) => ({ do: 'beat' as const, who })),
  ...[5_411, 7_127, 17_175, 7_288].map(wait),
  { do: 'classic beat', who: 0 },
];

const runs = Number(process.env['NAGARE_RUNS'] ?? 200);

test('however a group changes between the protocols: it comes to rest with each partition at one member', {
  timeout: 180_000 + runs * 300,
}, () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 50, size: 'max' }), (steps) => {
      const run = new Run();
      const { consumers, classics, shard } = run;
      for (const step of steps) run.take(step);
      shard.advance(60_000);
      run.behave(consumers, classics);
      run.checkRest(consumers, classics);
      expect(shard.describe().groupState).toBe('Stable');
      for (const one of consumers) one.leave();
      run.behave([], classics);
      run.checkRest([], classics);
      expect(shard.state()).toBe('Stable');
      run.behave(consumers, classics);
      for (const one of classics) one.leave();
      run.behave(consumers, []);
      run.checkRest(consumers, []);
      expect(shard.replayed().describeConsumerGroup('g', { ticket: 1, nowMs: 0, wallMs: 0 }).answers).toEqual(
        shard.core.describeConsumerGroup('g', { ticket: 1, nowMs: 0, wallMs: 0 }).answers,
      );
    }),
    { numRuns: runs, examples: [[consumersExpireBesideAClassicOne]] },
  );
});
