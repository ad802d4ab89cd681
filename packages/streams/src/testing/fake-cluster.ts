import { nodePlatform } from '@nagare/base/node';
import {
  type BatchDelivery,
  ClientError,
  type ClientErrorCode,
  type CommitOffset,
  type ConsumerOptions,
  type FetchedPartition,
  type NewTopic,
  type ProducerOptions,
  type RebalanceListener,
  type Subscription,
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
import { fetchedPartition } from './fake-fetch.ts';

/** One partition of the fake. */
class Partition {
  readonly records: RawRecord[] = [];
  start = 0;

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

const nameOf = ({ topic, partition }: TopicPartition) => `${partition} ${topic}`;

/**
 * A cluster in memory for tests of the host: one group member at a time, which gets every partition. Records become
 * visible when they are flushed, or when their transaction commits.
 */
export class FakeCluster {
  readonly topics = new Map<string, Topic>();
  readonly committed = new Map<string, CommitOffset>();
  readonly deleted: TopicPartitionOffset[] = [];
  /** How many of the next commits are refused because the group rebalances. */
  refusedCommits = 0;
  /** What the next commits of transactions fail with, one each. */
  readonly commitFailures: ClientErrorCode[] = [];
  /** Where consumers without a group began to read. */
  readonly seeks: TopicPartitionOffset[] = [];
  readonly #waiting = new Set<() => void>();
  #ids = 0;

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

  /** A client of one process. */
  connect(): FakeClient {
    return new FakeClient(this);
  }
}

/** A client that can be cut off, as if its process had died. */
export class FakeClient implements StreamsClient {
  readonly cluster: FakeCluster;
  /** The transactional ids that producers were opened with. */
  readonly transactionalIds: string[] = [];
  #isCut = false;

  constructor(cluster: FakeCluster) {
    this.cluster = cluster;
  }

  /** Fails everything from now on. */
  cut(): void {
    this.#isCut = true;
    this.cluster.changed();
  }

  check(): void {
    if (this.#isCut) throw new ClientError('NAGARE_CLIENT_NO_BROKER', 'cut off');
  }

  admin(): StreamsAdmin {
    return fakeAdmin(this);
  }

  producer({ transactionalId }: ProducerOptions): StreamsProducer {
    if (transactionalId !== undefined) this.transactionalIds.push(transactionalId);
    return new FakeProducer(this, transactionalId !== undefined);
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
    async listOffsets({ partitions }) {
      client.check();
      return partitions.map(({ topic, partition, at }) => {
        const { start, records } = cluster.partition({ topic, partition });
        return { topic, partition, offset: at === 'earliest' ? start : records.length, timestamp: -1, leaderEpoch: 0 };
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
  readonly #isTransactional: boolean;
  #pending: Enqueued[] = [];
  #open: StreamsTransaction | undefined;

  constructor(client: FakeClient, isTransactional: boolean) {
    this.#client = client;
    this.#isTransactional = isTransactional;
  }

  enqueue(...record: Parameters<StreamsProducer['enqueue']>): boolean {
    if (this.#isTransactional) throw new Error('no transaction is open');
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

class FakeConsumer implements StreamsConsumer {
  readonly #client: FakeClient;
  readonly #isInGroup: boolean;
  readonly #positions = new Map<string, TopicPartitionOffset>();
  readonly #paused = new Set<string>();
  #subscription: Subscription | undefined;

  constructor(client: FakeClient, { groupId }: ConsumerOptions) {
    this.#client = client;
    this.#isInGroup = groupId !== undefined;
  }

  subscribe(subscription: Subscription): void {
    this.#subscription = subscription;
  }

  assign(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) this.#positions.set(nameOf(at), { ...at, offset: 0 });
  }

  async poll({ timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal }): Promise<readonly FetchedPartition[]> {
    await this.#join();
    const fetched = this.#fetch();
    if (fetched.length > 0 || timeoutMs === 0 || signal?.aborted) return fetched;
    await this.#wait(timeoutMs, signal);
    return this.#fetch();
  }

  readonly isRebalancing = false;

  assignment(): readonly TopicPartition[] {
    return Array.from(this.#positions.values(), ({ topic, partition }) => ({ topic, partition }));
  }

  seekToBeginning(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) this.seek({ ...at, offset: this.#client.cluster.partition(at).start });
  }

  seekToEnd(): void {}

  pause(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) this.#paused.add(nameOf(at));
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) this.#paused.delete(nameOf(at));
  }

  seek(position: TopicPartitionOffset): void {
    if (!this.#isInGroup) this.#client.cluster.seeks.push(position);
    this.#positions.set(nameOf(position), position);
  }

  position(at: TopicPartition): number | undefined {
    return this.#positions.get(nameOf(at))?.offset;
  }

  lag(at: TopicPartition): number | undefined {
    return this.#client.cluster.partition(at).records.length - (this.position(at) ?? 0);
  }

  async commit(offsets: readonly CommitOffset[] = []): Promise<void> {
    this.#client.check();
    if (this.#client.cluster.refusedCommits > 0) {
      this.#client.cluster.refusedCommits -= 1;
      throw kafkaError('ILLEGAL_GENERATION');
    }
    for (const offset of offsets) this.#client.cluster.committed.set(nameOf(offset), offset);
    this.#client.cluster.changed();
  }

  async committed(partitions: readonly TopicPartition[]): Promise<readonly (CommitOffset | undefined)[]> {
    return partitions.map((at) => this.#client.cluster.committed.get(nameOf(at)));
  }

  groupMetadata() {
    return { groupId: 'group', generationId: 1, memberId: 'member', groupInstanceId: null };
  }

  async close(): Promise<void> {}

  async #join(): Promise<void> {
    if (this.#subscription === undefined || this.#positions.size > 0) return;
    const { topics, listener } = this.#subscription;
    const all = topics.flatMap((topic) =>
      (this.#client.cluster.topics.get(topic)?.partitions ?? []).map((_, partition) => ({ topic, partition })),
    );
    for (const at of all) {
      const offset = this.#client.cluster.committed.get(nameOf(at))?.offset ?? 0;
      this.#positions.set(nameOf(at), { ...at, offset });
    }
    await (listener as RebalanceListener | undefined)?.onAssigned?.(all);
  }

  #fetch(): FetchedPartition[] {
    this.#client.check();
    const fetched: FetchedPartition[] = [];
    for (const [name, { topic, partition, offset }] of this.#positions) {
      const { records } = this.#client.cluster.partition({ topic, partition });
      if (this.#paused.has(name) || offset >= records.length) continue;
      this.#positions.set(name, { topic, partition, offset: records.length });
      fetched.push(fetchedPartition({ topic, partition }, records.slice(offset), records.length));
    }
    return fetched;
  }

  async #wait(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = () => {
        timer.cancel();
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = nodePlatform().timers.after(timeoutMs, wake);
      void this.#client.cluster.nextChange().then(wake);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }
}

function kafkaError(kafka: 'UNKNOWN_TOPIC_OR_PARTITION' | 'ILLEGAL_GENERATION'): ClientError {
  return new ClientError('NAGARE_CLIENT_KAFKA', kafka, { kafka });
}
