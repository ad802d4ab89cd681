import type { Timers } from '@nagare/base';
import { nodePlatform } from '@nagare/base/node';
import {
  type BatchDelivery,
  ClientError,
  type ClientErrorCode,
  type CommitOffset,
  type ConsumerOptions,
  type NewTopic,
  type ProducerOptions,
  type TopicPartition,
  type TopicPartitionOffset,
} from '@nagare/client';
import type {
  StreamsAdmin,
  StreamsClient,
  StreamsConsumer,
  StreamsProducer,
  StreamsTransaction,
} from '../host/streams-client.ts';
import type { RawRecord } from '../record.ts';
import { configEntry, kafkaError, nameOf } from './fake-answers.ts';
import { FakeConsumer } from './fake-consumer.ts';
import { FakeGroup, type FakeMember } from './fake-group.ts';

/** One partition of the fake. */
class Partition {
  readonly records: RawRecord[] = [];
  start = 0;
  /** Offsets behind the records that a transaction of somebody else has taken, which is still open. */
  undecided = 0;

  append(record: Omit<RawRecord, 'offset'>): number {
    const offset = this.records.length;
    this.records.push({ ...record, offset });
    return offset;
  }
}

interface Topic {
  readonly topicId: string;
  readonly partitions: readonly Partition[];
  readonly configs: Readonly<Record<string, string>>;
}

/** Which partitions a process gets: those whose number modulo `count` is `index`. */
export interface Share {
  readonly index: number;
  readonly count: number;
}

/**
 * A cluster in memory for tests of the host, whose processes have fixed shares of the partitions. Records become
 * visible when they are flushed, or when their transaction commits.
 */
export class FakeCluster {
  readonly topics = new Map<string, Topic>();
  /** The group of all clients that are connected `by-assignor`. */
  readonly group = new FakeGroup(this);
  readonly committed = new Map<string, CommitOffset>();
  readonly deleted: TopicPartitionOffset[] = [];
  /** How many of the next commits are refused because the group rebalances. */
  refusedCommits = 0;
  /** What the next commits of transactions fail with, one each. */
  readonly commitFailures: ClientErrorCode[] = [];
  /** How many records of a partition one fetch brings at most. */
  fetchRecordsMax = Number.POSITIVE_INFINITY;
  /** What the next requests for committed offsets fail with, one each, after all tries. */
  readonly committedFailures: ClientErrorCode[] = [];
  /** Where consumers without a group began to read. */
  readonly seeks: TopicPartitionOffset[] = [];
  /** What consumers wait with for records. */
  readonly timers: Timers;
  readonly #waiting = new Set<() => void>();
  #ids = 0;

  constructor(timers: Timers = nodePlatform().timers) {
    this.timers = timers;
  }

  createTopic(name: string, partitions = 1, configs: Readonly<Record<string, string>> = {}): void {
    this.#ids += 1;
    const list = Array.from({ length: partitions }, () => new Partition());
    this.topics.set(name, { topicId: `id-${this.#ids}`, partitions: list, configs });
  }

  partition({ topic, partition }: TopicPartition): Partition {
    const found = this.topics.get(topic)?.partitions[partition];
    if (found === undefined) throw kafkaError('UNKNOWN_TOPIC_OR_PARTITION');
    return found;
  }

  append(topic: string, key: string, value: string, timestamp = 0, partition = 0): void {
    const record = { key: Buffer.from(key), value: Buffer.from(value), timestamp, headers: [] };
    this.partition({ topic, partition }).append(record);
    this.changed();
  }

  /** Everything in a topic, as texts. */
  read(topic: string): (readonly [key: string | undefined, value: string | undefined])[] {
    const partitions = this.topics.get(topic)?.partitions ?? [];
    return partitions.flatMap(({ records }) =>
      records.map(({ key, value }) => [key?.toString(), value?.toString()] as const),
    );
  }

  /** Waits until something holds, asked after each change. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await this.nextChange();
  }

  nextChange(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  changed(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /**
   * A client of one process: it gets every partition, those of the `index`th of `count` that divide the partitions' numbers, or what
   * the assignor of its group gives it.
   */
  connect(share: Share | 'by-assignor' = { index: 0, count: 1 }): FakeClient {
    return new FakeClient(this, share);
  }
}

/** A client that can be cut off, as if its process had died. */
export class FakeClient implements StreamsClient {
  readonly cluster: FakeCluster;
  /** The transactional ids that producers were opened with. */
  readonly transactionalIds: string[] = [];
  /** Those of them that have begun: what others left open with them has ended. */
  readonly begunIds = new Set<string>();
  readonly share: Share | 'by-assignor';
  /** What its consumers without a group have read. */
  readonly reads: (TopicPartition & { readonly from: number; readonly to: number })[] = [];
  /** Whether its consumers without a group get nothing, as if that took its time. */
  isHeldBack = false;
  member: FakeMember | undefined;
  /** After how many more calls it is cut off. */
  callsLeft = Number.POSITIVE_INFINITY;
  #isCut = false;

  constructor(cluster: FakeCluster, share: Share | 'by-assignor') {
    this.cluster = cluster;
    this.share = share;
  }

  /** Fails everything from now on. Its group goes on without it. */
  cut(): void {
    this.#isCut = true;
    this.member?.leave();
    this.cluster.changed();
  }

  check(): void {
    this.callsLeft -= 1;
    if (this.callsLeft === 0) this.cut();
    if (this.#isCut) throw new ClientError('NAGARE_CLIENT_NO_BROKER', 'cut off');
  }

  admin(): StreamsAdmin {
    return fakeAdmin(this);
  }

  producer({ transactionalId }: ProducerOptions): StreamsProducer {
    if (transactionalId !== undefined) this.transactionalIds.push(transactionalId);
    return new FakeProducer(this, transactionalId);
  }

  consumer(options: ConsumerOptions): StreamsConsumer {
    return new FakeConsumer(this, options);
  }
}

function fakeAdmin(client: FakeClient): StreamsAdmin {
  const { cluster } = client;
  return {
    async createTopics({ topics }: { readonly topics: readonly NewTopic[] }) {
      client.check();
      return topics.map(({ topic, numPartitions, configEntries }) => {
        const created = !cluster.topics.has(topic);
        if (created) cluster.createTopic(topic, numPartitions, configEntries);
        return { topic, topicId: cluster.topics.get(topic)?.topicId ?? '', created };
      });
    },
    async describeConfigs({ resources }) {
      client.check();
      return resources.map(({ type, name }) => {
        const configs = Object.entries(cluster.topics.get(name)?.configs ?? {});
        return { type, name, entries: configs.map(([key, value]) => configEntry(key, value)) };
      });
    },
    async describeTopics({ topics }) {
      client.check();
      return topics.map((topic) => {
        const found = cluster.topics.get(topic);
        if (found === undefined) throw kafkaError('UNKNOWN_TOPIC_OR_PARTITION');
        const partitions = found.partitions.map((_, partition) => ({
          ...{ partition, leader: 1, leaderEpoch: 0, replicas: [1], isr: [1], offlineReplicas: [] },
        }));
        return { topic, topicId: found.topicId, isInternal: false, partitions };
      });
    },
    async listOffsets({ partitions, isolationLevel }) {
      client.check();
      return partitions.map(({ topic, partition, at }) => {
        const { start, records, undecided } = cluster.partition({ topic, partition });
        const end = records.length + (isolationLevel === 'read_committed' ? 0 : undecided);
        return { topic, partition, offset: at === 'earliest' ? start : end, timestamp: -1, leaderEpoch: 0 };
      });
    },
    async deleteRecords({ partitions }) {
      client.check();
      cluster.deleted.push(...partitions);
      cluster.changed();
      return [...partitions];
    },
    async close() {},
  };
}

interface Enqueued extends TopicPartition {
  readonly record: Omit<RawRecord, 'offset'>;
  readonly onDelivery: ((delivery: BatchDelivery) => void) | undefined;
}

class FakeProducer implements StreamsProducer {
  readonly #client: FakeClient;
  readonly #transactionalId: string | undefined;
  #pending: Enqueued[] = [];
  #open: StreamsTransaction | undefined;

  constructor(client: FakeClient, transactionalId: string | undefined) {
    this.#client = client;
    this.#transactionalId = transactionalId;
  }

  enqueue(...record: Parameters<StreamsProducer['enqueue']>): boolean {
    if (this.#transactionalId !== undefined) throw new Error('no transaction is open');
    this.#take(record);
    return true;
  }

  async room(): Promise<void> {}

  async partitionsFor(topic: string): Promise<number> {
    const found = this.#client.cluster.topics.get(topic);
    if (found === undefined) throw kafkaError('UNKNOWN_TOPIC_OR_PARTITION');
    return found.partitions.length;
  }

  async flush(): Promise<void> {
    this.#client.check();
    this.#append();
  }

  async close(): Promise<void> {}

  async transaction(): Promise<StreamsTransaction> {
    this.#client.check();
    if (this.#open !== undefined) throw new Error('a transaction is open already');
    if (this.#transactionalId !== undefined) this.#client.begunIds.add(this.#transactionalId);
    this.#open = this.#transaction();
    return this.#open;
  }

  #take([topic, partition, timestamp, key, value, headers, onDelivery]: Parameters<StreamsProducer['enqueue']>): void {
    this.#pending.push({ topic, partition, record: { key, value, timestamp, headers }, onDelivery });
  }

  #append(): void {
    for (const { topic, partition, record, onDelivery } of this.#pending) {
      const baseOffset = this.#client.cluster.partition({ topic, partition }).append(record);
      onDelivery?.({ topic, partition, baseOffset, count: 1, error: undefined });
    }
    this.#pending = [];
    this.#client.cluster.changed();
  }

  #transaction(): StreamsTransaction {
    const { cluster } = this.#client;
    let staged: readonly CommitOffset[] = [];
    let isFenced = false;
    return {
      enqueue: (...record) => {
        this.#take(record);
        return true;
      },
      sendOffsets: async ({ offsets }) => {
        this.#client.check();
        if (cluster.refusedCommits > 0) {
          cluster.refusedCommits -= 1;
          throw new ClientError('NAGARE_CLIENT_TRANSACTION_ABORTABLE', 'refused', { kafka: 'ILLEGAL_GENERATION' });
        }
        staged = offsets;
      },
      commit: async () => {
        this.#client.check();
        const failure = cluster.commitFailures.shift();
        isFenced = failure === 'NAGARE_CLIENT_FENCED';
        if (failure !== undefined) throw new ClientError(failure, 'the test');
        this.#open = undefined;
        this.#append();
        for (const offset of staged) cluster.committed.set(nameOf(offset), offset);
        cluster.changed();
        // It may be cut off before it learns of its success.
        this.#client.check();
      },
      abort: async () => {
        this.#client.check();
        if (isFenced) throw new ClientError('NAGARE_CLIENT_FENCED', 'the test');
        this.#open = undefined;
        this.#pending = [];
      },
    };
  }
}
