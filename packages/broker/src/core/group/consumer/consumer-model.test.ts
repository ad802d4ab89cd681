import { errorCode } from '@nagare/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConsumerShard, type Subscription, TestConsumer, topicsView } from '../../../testing/consumer-shard.ts';
import { decodeRecord } from '../records.ts';
import type { GroupShard } from '../router.ts';
import { ownedBy } from './consumer-member.ts';
import type { ConsumerRecord, CurrentAssignmentValue } from './consumer-record.ts';
import type { ConsumerGroupDescription } from './consumer-views.ts';

const subscriptions: readonly Subscription[] = [
  { subscribedTopicNames: ['t'], subscribedTopicRegex: '' },
  { subscribedTopicNames: ['t', 'u'], subscribedTopicRegex: '' },
  { subscribedTopicNames: [], subscribedTopicRegex: '[tuv]' },
  { subscribedTopicNames: ['v'], subscribedTopicRegex: 't' },
  { subscribedTopicNames: [], subscribedTopicRegex: '' },
];
const topicNames = ['t', 'u', 'v'] as const;
const clientCount = 5;
const client = fc.nat({ max: clientCount - 1 });
const topic = fc.constantFrom(...topicNames);

const rarely = fc.nat({ max: 5 }).map((dice) => dice === 5);

const operation = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('beat' as const), client, isAnswerLost: rarely }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('apply' as const), client }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('leave' as const), client }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave for now' as const), client }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), client }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('subscribe' as const),
      client,
      to: fc.nat({ max: subscriptions.length - 1 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 40_000 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('grow' as const), topic }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete topic' as const), topic }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never;

class Run {
  readonly shard = new ConsumerShard();
  readonly consumers: TestConsumer[];
  readonly #counts: Record<string, number> = { t: 3, u: 2 };
  /** Each topic that comes again has another id. */
  #generation = 0;
  #restarts = 0;
  #checkedRecords = 0;
  /** A core that has only the log. */
  readonly #follower: GroupShard;
  #epoch = 1;
  readonly #memberEpochs = new Map<string, number>();
  /** What the log says of who owns what, kept apart from the core. */
  readonly #owned = new Map<string, CurrentAssignmentValue>();

  constructor(assignor: 'uniform' | 'range') {
    this.shard = new ConsumerShard({
      consumer: { ...new ConsumerShard().settings.consumer, assignors: [assignor] },
    });
    this.shard.setTopics(topicsView(this.#counts));
    this.#follower = this.shard.replayed();
    // The last two are static.
    this.consumers = Array.from({ length: clientCount }, (_, index) => {
      const instance = index < 3 ? {} : { instanceId: `i${index}` };
      return new TestConsumer(this.shard, `m${index}`, { ...instance, rebalanceTimeoutMs: 20_000 });
    });
  }

  take(step: Operation): void {
    switch (step.do) {
      case 'beat':
        this.#client(step.client).beat({ isAnswerLost: step.isAnswerLost });
        break;
      case 'apply':
        this.#client(step.client).apply();
        break;
      case 'leave':
        this.#client(step.client).leave();
        break;
      case 'leave for now':
        this.#leaveForNow(this.#client(step.client));
        break;
      case 'restart':
        this.#restart(this.#client(step.client));
        break;
      case 'subscribe':
        this.#client(step.client).subscribe(subscriptions[step.to] as Subscription);
        break;
      case 'wait':
        this.shard.advance(step.ms);
        break;
      case 'grow':
        this.#counts[step.topic] = (this.#counts[step.topic] ?? 0) + 1;
        this.#publish();
        break;
      case 'delete topic':
        delete this.#counts[step.topic];
        this.#generation += 1;
        this.#publish();
        break;
      case 'crash':
        this.shard.crash();
        break;
    }
    this.check();
  }

  #publish(): void {
    this.shard.setTopics(topicsView(this.#counts, String(this.#generation)));
  }

  #client(index: number): TestConsumer {
    return this.consumers[index] as TestConsumer;
  }

  /** A static member goes, and its next process has another id. */
  #leaveForNow(one: TestConsumer): void {
    if (one.instanceId === null) return;
    one.leave(-2);
    this.#rename(one);
  }

  #restart(one: TestConsumer): void {
    one.forget();
    if (one.instanceId === null) this.#rename(one);
  }

  #rename(one: TestConsumer): void {
    this.#restarts += 1;
    one.memberId = `${one.memberId.split('-')[0]}-${this.#restarts}`;
  }

  /** What holds at any time. */
  check(): void {
    this.#checkLog();
    this.#follower.clusterChanged(this.shard.topics, this.#turn());
    const turn = this.#turn();
    const view = (core: GroupShard) =>
      core.describeConsumerGroup('g', turn).answers[0]?.response as ConsumerGroupDescription;
    const described = view(this.shard.core);
    // As text, because that is cheap to compare.
    expect(JSON.stringify(view(this.#follower))).toBe(JSON.stringify(described));
    // A consumer that was put out, and does not know it yet, has nothing to say.
    const isIn = new Set(described.members.flatMap((member) => (member.memberEpoch > 0 ? [member.memberId] : [])));
    const all = this.consumers.flatMap((one) => (isIn.has(one.memberId) && one.epoch > 0 ? [...ownedPairs(one)] : []));
    expect(all.length).toBe(new Set(all).size);
  }

  #turn() {
    return { ticket: 1, nowMs: this.shard.nowMs, wallMs: 0 };
  }

  /** Every record keeps partitions with one owner; epochs only grow. */
  #checkLog(): void {
    const { log } = this.shard;
    for (; this.#checkedRecords < log.length; this.#checkedRecords++) {
      const stored = log[this.#checkedRecords];
      if (stored === undefined || 'type' in stored) continue;
      const record = decodeRecord(stored) as ConsumerRecord;
      this.#follower.replay(record);
      this.#checkRecord(record);
    }
  }

  #checkRecord(record: ConsumerRecord): void {
    if (record.type === 'consumer-group' && record.value !== null) {
      expect(record.value.epoch).toBeGreaterThan(this.#epoch);
      this.#epoch = record.value.epoch;
    }
    if (record.type !== 'consumer-assignment') return;
    const { memberId, value } = record;
    if (value === null) {
      this.#owned.delete(memberId);
      this.#memberEpochs.delete(memberId);
      return;
    }
    if (value.memberEpoch > 0) {
      expect(value.memberEpoch).toBeGreaterThanOrEqual(this.#memberEpochs.get(memberId) ?? 0);
      expect(value.memberEpoch).toBeLessThanOrEqual(this.#epoch);
      this.#memberEpochs.set(memberId, value.memberEpoch);
    }
    this.#owned.set(memberId, value);
    for (const [otherId, other] of this.#owned) {
      if (otherId === memberId) continue;
      const theirs = new Set([...ownedBy(other)].map(String));
      const shared = [...ownedBy(value)].map(String).filter((pair) => theirs.has(pair));
      if (shared.length > 0) expect(`${memberId} and ${otherId} have ${shared}`).toBe('apart');
    }
  }

  /** Consumers do as they should: they beat in time, and give up and take what they are told to. */
  behave(rounds: number, consumers: readonly TestConsumer[] = this.consumers): void {
    for (let round = 0; round < rounds; round++) {
      for (const one of consumers) {
        one.beat();
        this.check();
        one.apply();
      }
      this.shard.advance(5_000);
    }
  }

  /** After quiet time everybody has its target, and the targets are all partitions that somebody subscribes to. */
  checkRest(): void {
    const { groupState, members, groupEpoch } = this.shard.describe();
    expect(groupState).toBe('Stable');
    expect(members.map(({ memberEpoch }) => memberEpoch)).toEqual(members.map(() => groupEpoch));
    const assigned = members.flatMap(({ assignment }) => pairs(assignment.topicPartitions)).sort();
    const wanted = new Set(members.flatMap((member) => [...this.#wanted(member)]));
    const all = [...wanted].flatMap((name) => Array.from({ length: this.#counts[name] ?? 0 }, (_, i) => `${name}${i}`));
    expect(assigned).toEqual(all.sort());
    const byClients = this.consumers.flatMap((one) => [...ownedPairs(one)]);
    expect(byClients.length).toBe(assigned.length);
  }

  #wanted(member: ConsumerGroupDescription['members'][number]): Set<string> {
    const regex = new RegExp(`^(?:${member.subscribedTopicRegex || '(?!)'})$`);
    const byRegex = topicNames.filter((name) => regex.test(name));
    return new Set([...member.subscribedTopicNames, ...byRegex]);
  }
}

function pairs(topics: readonly { readonly topicName: string; readonly partitions: readonly number[] }[]): string[] {
  return topics.flatMap(({ topicName, partitions }) => partitions.map((index) => `${topicName}${index}`));
}

function ownedPairs(one: TestConsumer): Set<string> {
  return new Set([...one.owned].flatMap(([topicId, indexes]) => [...indexes].map((index) => `${topicId}/${index}`)));
}

/** A consumer says again what it has while it has yet to take what it was told, and does not hear the answer. */
const toldInVain: Operation[] = [
  { do: 'beat', client: 1, isAnswerLost: false },
  { do: 'beat', client: 0, isAnswerLost: false },
  { do: 'subscribe', client: 1, to: 0 },
  { do: 'beat', client: 1, isAnswerLost: true },
  { do: 'beat', client: 0, isAnswerLost: false },
  { do: 'apply', client: 0 },
  { do: 'apply', client: 1 },
];

const numRuns = Number(process.env['NAGARE_RUNS'] ?? 200);

test('whatever consumers do and crashes undo: no partition has two owners, and the group comes to rest', {
  timeout: 180_000 + numRuns * 300,
}, () => {
  fc.assert(
    fc.property(
      fc.array(operation, { maxLength: 60, size: 'max' }),
      fc.constantFrom('uniform', 'range'),
      (steps, assignor) => {
        const run = new Run(assignor);
        for (const step of steps) run.take(step);
        run.shard.advance(60_000);
        run.behave(6);
        run.checkRest();
        const [first, ...others] = run.consumers;
        first?.leave();
        run.behave(3, others);
        run.checkRest();
        run.take({ do: 'grow', topic: 't' });
        run.behave(3, others);
        run.checkRest();
        for (const one of others) expect(one.leave().errorCode).toBe(errorCode.NONE);
        expect(run.shard.describe().groupState).toBe('Empty');
      },
    ),
    { numRuns, examples: [[toldInVain, 'uniform']] },
  );
});
