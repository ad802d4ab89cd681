import { errorCode } from '@nagare/protocol';
import type { ClusterView, TopicShape } from '../core/group/consumer/cluster-view.ts';
import type { ConsumerGroupDescription } from '../core/group/consumer/consumer-views.ts';
import type { ConsumerHeartbeatEvent, ConsumerHeartbeatReply } from '../core/group/consumer/heartbeat-event.ts';
import { listPartitions, type Partitions, partitionsOf } from '../core/group/consumer/partitions.ts';
import { TestShard } from './group-shard.ts';

/** Topics by name with their numbers of partitions; a topic's id is made of its name and `generation`. */
export function topicsView(counts: Readonly<Record<string, number>>, generation = 'A'): ClusterView {
  const topics: TopicShape[] = Object.entries(counts).map(([name, length]) => ({
    name,
    id: topicIdOf(name, generation),
    partitions: { length },
  }));
  return {
    topicsByName: new Map(topics.map((topic) => [topic.name, topic])),
    topicsById: new Map(topics.map((topic) => [topic.id, topic])),
  };
}

/** A topic id that tells its name. */
export function topicIdOf(name: string, generation = 'A'): string {
  return Buffer.from(`${name}${generation}`.padEnd(16, '-')).toString('base64url');
}

/** Partitions as people write them: `t0 t1`. */
export function textOf(partitions: Partitions): string {
  return listPartitions(partitions)
    .flatMap(({ topicId, partitions: indexes }) =>
      indexes.map((index) => `${Buffer.from(topicId, 'base64url').toString().replace(/.-*$/, '')}${index}`),
    )
    .join(' ');
}

/** A core for consumer groups; its group is `g`. */
export class ConsumerShard extends TestShard {
  beat(event: Partial<ConsumerHeartbeatEvent>): ConsumerHeartbeatReply {
    const whole: ConsumerHeartbeatEvent = {
      groupId: 'g',
      memberId: 'm',
      newMemberId: '',
      memberEpoch: 0,
      instanceId: null,
      rackId: null,
      rebalanceTimeoutMs: -1,
      subscribedTopicNames: null,
      subscribedTopicRegex: null,
      serverAssignor: null,
      topicPartitions: null,
      clientId: 'client',
      clientHost: '/127.0.0.1',
      bringsMemberId: true,
      ...event,
    };
    return this.call((core, turn) => core.consumerHeartbeat(whole, turn));
  }

  describe(groupId = 'g'): ConsumerGroupDescription {
    return this.call((core, turn) => core.describeConsumerGroup(groupId, turn));
  }
}

/** What a consumer subscribes to. */
export type Subscription = Pick<
  Partial<ConsumerHeartbeatEvent>,
  'subscribedTopicNames' | 'subscribedTopicRegex' | 'serverAssignor'
>;

/** After these a member has nothing any more; the last is for a group that became a classic one while the member was away. */
const lost: ReadonlySet<number> = new Set([
  errorCode.FENCED_MEMBER_EPOCH,
  errorCode.UNKNOWN_MEMBER_ID,
  errorCode.GROUP_ID_NOT_FOUND,
]);

/** A consumer of the protocol of KIP-848 that does as it is told, when it is asked to. */
export class TestConsumer {
  readonly #shard: ConsumerShard;
  memberId: string;
  readonly instanceId: string | null;
  subscription: Subscription;
  epoch = 0;
  /** What it consumes. */
  owned: Partitions = new Map();
  /** What it has been told to consume. */
  assigned: Partitions = new Map();
  readonly rebalanceTimeoutMs: number;
  #hasNews = true;

  constructor(
    shard: ConsumerShard,
    memberId: string,
    options: Subscription & { readonly instanceId?: string; readonly rebalanceTimeoutMs?: number } = {},
  ) {
    const { instanceId = null, rebalanceTimeoutMs = 60_000, ...subscription } = options;
    this.#shard = shard;
    this.memberId = memberId;
    this.instanceId = instanceId;
    this.subscription =
      'subscribedTopicRegex' in subscription ? subscription : { subscribedTopicNames: ['t'], ...subscription };
    this.rebalanceTimeoutMs = rebalanceTimeoutMs;
  }

  get text(): string {
    return textOf(this.owned);
  }

  /** Sends a heartbeat, and takes in the answer unless that gets lost. */
  beat(options: { readonly isAnswerLost?: boolean } = {}): ConsumerHeartbeatReply {
    const isFull = this.epoch === 0 || this.#hasNews;
    const reply = this.#shard.beat({
      memberId: this.memberId,
      memberEpoch: this.epoch,
      instanceId: this.instanceId,
      ...(isFull ? { ...this.subscription, rebalanceTimeoutMs: this.rebalanceTimeoutMs } : {}),
      ...(isFull ? { topicPartitions: this.epoch === 0 ? [] : listPartitions(this.owned) } : {}),
    });
    this.#hasNews = options.isAnswerLost === true;
    if (options.isAnswerLost !== true) this.#take(reply);
    // To say that it has nothing of what it was told to take gives that up, with Apache Kafka's coordinator too.
    else if (isFull) this.assigned = this.owned;
    return reply;
  }

  subscribe(subscription: Subscription): void {
    this.subscription = subscription;
    this.#hasNews = true;
  }

  /** Gives up what it should, or takes what it may: the two steps after an answer. */
  apply(): void {
    if (textOf(this.owned) === textOf(this.assigned)) return;
    this.owned = this.assigned;
    this.#hasNews = true;
  }

  leave(memberEpoch = -1): ConsumerHeartbeatReply {
    const { memberId, instanceId } = this;
    const reply = this.#shard.beat({ memberId, memberEpoch, instanceId });
    this.forget();
    return reply;
  }

  /** Starts anew, without any partition. */
  forget(): void {
    this.epoch = 0;
    this.owned = new Map();
    this.assigned = new Map();
    this.#hasNews = true;
  }

  #take(reply: ConsumerHeartbeatReply): void {
    if (lost.has(reply.errorCode)) {
      this.forget();
    } else if (reply.errorCode === errorCode.NONE) {
      this.epoch = reply.memberEpoch;
      if (reply.assignment !== null) this.assigned = partitionsOf(reply.assignment.topicPartitions);
    }
  }
}

/** Lets consumers go on until nothing changes. */
export function settle(...consumers: readonly TestConsumer[]): void {
  for (let round = 0; round < 10; round++) {
    for (const consumer of consumers) {
      consumer.beat();
      consumer.apply();
    }
  }
}
