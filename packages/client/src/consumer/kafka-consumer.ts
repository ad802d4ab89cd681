import { type ConsumerConfig, consumerConfig } from '../config.ts';
import { Cluster } from '../connection/cluster.ts';
import { fetchOffsets } from '../connection/offset-store.ts';
import type {
  CommitOffset,
  Consumer,
  ConsumerOptions,
  ConsumerRun,
  FetchedPartition,
  GroupMetadata,
  Message,
  RebalanceListener,
  RunOptions,
  Subscription,
} from '../consumer.ts';
import type { ClientContext } from '../context.ts';
import { partitionKey } from '../core/assignors/assignor.ts';
import { FetchPlan } from '../core/fetch-plan.ts';
import type { FetchedChunk } from '../core/fetched-chunk.ts';
import type { PartitionReader } from '../core/partition-reader.ts';
import { retryBackOff } from '../core/retry.ts';
import { ClientError } from '../errors.ts';
import type { TopicPartition, TopicPartitionOffset } from '../record.ts';
import { type ConsumerGroup, makeGroup } from './consumer-group.ts';
import { Fetcher } from './fetcher.ts';
import { startRun } from './handler-run.ts';
import { MessageStream } from './message-stream.ts';
import { Positions } from './positions.ts';
import { Signal } from './signal.ts';

/** The consumer: ties the group, the offsets and the fetches together, in the loop that is {@link take}. */
export class KafkaConsumer implements Consumer {
  readonly #config: ConsumerConfig;
  readonly #cluster: Cluster;
  readonly #plan: FetchPlan;
  readonly #fetcher: Fetcher;
  readonly #positions: Positions;
  readonly #group: ConsumerGroup | undefined;
  readonly #changed: Signal;
  #listener: RebalanceListener | undefined;
  #mode: 'none' | 'subscribed' | 'assigned' = 'none';
  #reader: string | undefined;
  #returned: FetchedChunk[] = [];
  #asks = 0;
  #viewVersion = 0;
  #closing: Promise<void> | undefined;

  constructor(context: ClientContext, options: ConsumerOptions) {
    const config = consumerConfig(options);
    const { requestTimeoutMs, allowAutoTopicCreation } = config;
    this.#config = config;
    this.#listener = config.listener;
    this.#changed = new Signal(context.platform.timers);
    this.#cluster = new Cluster(context, { requestTimeoutMs, allowAutoTopicCreation });
    this.#plan = new FetchPlan({ ...config, retryMs: retryBackOff.initialMs });
    const onChange = () => this.#changed.fire();
    const parts = { cluster: this.#cluster, config, plan: this.#plan, onChange };
    this.#group = config.groupId === undefined ? undefined : this.#makeGroup(config.groupId);
    this.#positions = new Positions({ ...parts, coordinator: this.#group?.coordinator });
    this.#fetcher = new Fetcher({ ...parts, autoOffsetReset: () => this.#positions.autoOffsetReset });
    const { signal } = options;
    if (signal?.aborted) this.close({ timeoutMs: 0 });
    else signal?.addEventListener('abort', () => this.close(), { once: true });
  }

  subscribe(subscription: Subscription): void {
    this.#checkOpen();
    const group = this.#groupOrThrow();
    if (subscription.topics.length === 0)
      throw new RangeError('topics must name at least one; unsubscribe() drops all');
    if (this.#mode === 'assigned') this.#dropAll();
    this.#mode = 'subscribed';
    this.#listener = subscription.listener ?? this.#config.listener;
    if (subscription.fromBeginning) this.#positions.autoOffsetReset = 'earliest';
    const topics = [...new Set(subscription.topics)];
    this.#cluster.view.wantOnly(topics);
    group.member.subscribe(topics);
    this.#changed.fire();
  }

  assign(partitions: readonly TopicPartition[]): void {
    this.#checkOpen();
    if (this.#mode === 'subscribed') throw new RangeError('assign() needs unsubscribe() after subscribe()');
    this.#mode = 'assigned';
    const wanted = new Set(partitions.map(partitionKey));
    this.#plan.remove([...this.#plan.readers].filter((reader) => !wanted.has(partitionKey(reader))));
    this.#plan.add(partitions, 'committed');
    this.#cluster.view.wantOnly(partitions.map(({ topic }) => topic));
    if (partitions.some(({ topic }) => this.#cluster.view.topic(topic) === undefined)) this.#cluster.view.expire();
    this.#group?.committer.start();
    this.#changed.fire();
  }

  async unsubscribe(): Promise<void> {
    const wasSubscribed = this.#mode === 'subscribed';
    this.#mode = 'none';
    if (wasSubscribed) await this.#leave({ isClosing: false });
    this.#dropAll();
  }

  assignment(): readonly TopicPartition[] {
    return Array.from(this.#plan.readers, plainPartition);
  }

  async poll(options: {
    readonly timeoutMs: number;
    readonly bytesMax?: number;
    readonly signal?: AbortSignal;
  }): Promise<readonly FetchedPartition[]> {
    const release = this.occupy('poll');
    try {
      this.#finishReturned();
      const chunks = await this.take(options);
      for (const chunk of chunks) chunk.reader.position = chunk.nextOffset;
      this.#returned = chunks;
      return chunks;
    } finally {
      release();
    }
  }

  async run(options: RunOptions): Promise<ConsumerRun> {
    return startRun(this, options);
  }

  stream(options: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<Message> {
    return new MessageStream(this, options.signal);
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const reader of this.#readersOf(partitions)) reader.isPaused = true;
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const reader of this.#readersOf(partitions)) reader.isPaused = false;
    this.#changed.fire();
  }

  paused(): readonly TopicPartition[] {
    return [...this.#plan.readers].filter((reader) => reader.isPaused).map(plainPartition);
  }

  seek(position: TopicPartitionOffset): void {
    if (!(position.offset >= 0)) throw new RangeError(`offset must be 0 or more, got ${position.offset}`);
    for (const reader of this.#readersOf([position])) {
      this.#plan.seek(reader, position.offset);
      reader.failure = undefined;
    }
    this.#changed.fire();
  }

  seekToBeginning(partitions: readonly TopicPartition[]): void {
    this.#restart(partitions, 'earliest');
  }

  seekToEnd(partitions: readonly TopicPartition[]): void {
    this.#restart(partitions, 'latest');
  }

  position(partition: TopicPartition): number | undefined {
    const reader = this.#plan.reader(partition);
    return reader === undefined || reader.startFrom !== undefined ? undefined : reader.position;
  }

  lag(partition: TopicPartition): number | undefined {
    const reader = this.#plan.reader(partition);
    if (reader === undefined || reader.readableEnd < 0 || reader.startFrom !== undefined) return undefined;
    return Math.max(reader.readableEnd - reader.position, 0);
  }

  async commit(offsets?: readonly CommitOffset[]): Promise<void> {
    const { committer } = this.#groupOrThrow();
    const readers = [...this.#plan.readers].filter(({ position }) => position >= 0);
    await committer.commit(
      offsets ?? readers.map((reader) => ({ ...plainPartition(reader), offset: reader.position })),
    );
  }

  async committed(partitions: readonly TopicPartition[]): Promise<readonly (CommitOffset | undefined)[]> {
    const { coordinator, member } = this.#groupOrThrow();
    const { requestTimeoutMs: timeoutMs } = this.#config;
    const { groupId } = member.metadata;
    const attempt = () => fetchOffsets(coordinator, groupId, partitions, true);
    const found = await this.#cluster.retrying(attempt, { timeoutMs });
    const byPartition = new Map(found.map((offset) => [partitionKey(offset), offset]));
    return partitions.map((partition) => byPartition.get(partitionKey(partition)));
  }

  groupMetadata(): GroupMetadata {
    return this.#groupOrThrow().member.membership;
  }

  get isRebalancing(): boolean {
    return this.#group?.member.state === 'joining';
  }

  close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(options.timeoutMs ?? 30_000);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Makes the caller the one loop that reads, until it calls what is returned. */
  occupy(reader: string): () => void {
    this.#checkOpen();
    if (this.#mode === 'none') throw new RangeError('subscribe() or assign() must come before reading');
    if (this.#reader !== undefined) throw new ClientError('NAGARE_CLIENT_BUSY', `${this.#reader} is at work`);
    this.#reader = reader;
    return () => {
      this.#reader = undefined;
    };
  }

  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  /** Whether {@link take} has something to do for the group now. */
  get hasNews(): boolean {
    return this.#group !== undefined && this.#mode === 'subscribed' && this.#group.session.hasNews;
  }

  /** Says that the user's code is alive. */
  ask(): void {
    this.#asks += 1;
  }

  /** Puts the rest of a chunk back, because its partition was paused. */
  putBack(chunk: FetchedChunk): void {
    this.#plan.putBack(chunk);
  }

  /**
   * Waits for chunks: settles what the group wants, looks offsets up, and keeps fetches going. The positions are the
   * caller's to move.
   */
  async take(options: {
    readonly timeoutMs: number;
    readonly bytesMax?: number | undefined;
    readonly signal?: AbortSignal | undefined;
  }): Promise<FetchedChunk[]> {
    const { timeoutMs, bytesMax = Number.POSITIVE_INFINITY, signal } = options;
    const deadlineMs = this.#cluster.nowMs() + timeoutMs;
    this.ask();
    for (;;) {
      signal?.throwIfAborted();
      this.#checkOpen();
      if (this.#mode === 'subscribed') await this.#settleGroup();
      this.#throwFailure();
      this.#positions.resolve();
      const chunks = this.#plan.collect(bytesMax);
      this.#fetcher.send();
      if (chunks.length > 0) return chunks;
      const waitMs = deadlineMs - this.#cluster.nowMs();
      if (waitMs <= 0) return [];
      await this.#changed.wait(waitMs, signal);
      this.ask();
    }
  }

  async #settleGroup(): Promise<void> {
    const { session, member } = this.#groupOrThrow();
    const { view } = this.#cluster;
    if (view.version !== this.#viewVersion) {
      this.#viewVersion = view.version;
      member.checkTopics((topic) => view.topic(topic)?.partitions.length);
    }
    if (session.hasNews) await session.settle();
  }

  #throwFailure(): void {
    for (const reader of this.#plan.readers) {
      const { failure } = reader;
      if (failure === undefined) continue;
      reader.failure = undefined;
      throw failure;
    }
  }

  /** What the last poll returned is processed by now. */
  #finishReturned(): void {
    for (const chunk of this.#returned) if (chunk.isWanted) chunk.reader.processed = chunk.nextOffset;
    this.#returned = [];
  }

  #makeGroup(groupId: string): ConsumerGroup {
    return makeGroup({
      cluster: this.#cluster,
      config: this.#config,
      plan: this.#plan,
      groupId,
      isMember: () => this.#mode !== 'assigned',
      hooks: {
        onRevoked: (partitions, areLost) => this.#giveUp(partitions, areLost),
        onAssigned: (partitions) => this.#takeOn(partitions),
        onChange: () => this.#changed.fire(),
        asks: () => this.#asks,
      },
    });
  }

  async #giveUp(partitions: readonly TopicPartition[], areLost: boolean): Promise<void> {
    this.#finishReturned();
    if (this.#config.autoCommit && !areLost) await this.#group?.committer.commitProcessed(partitions);
    if (areLost && this.#listener?.onLost !== undefined) await this.#listener.onLost(partitions);
    else await this.#listener?.onRevoked?.(partitions);
    this.#plan.remove(partitions);
  }

  async #takeOn(partitions: readonly TopicPartition[]): Promise<void> {
    this.#plan.add(partitions, 'committed');
    this.#group?.committer.start();
    if (partitions.length > 0) await this.#listener?.onAssigned?.(partitions);
  }

  #restart(partitions: readonly TopicPartition[], startFrom: 'earliest' | 'latest'): void {
    for (const reader of this.#readersOf(partitions)) {
      this.#plan.restartFrom(reader, startFrom);
      reader.failure = undefined;
    }
    this.#changed.fire();
  }

  #readersOf(partitions: readonly TopicPartition[]): PartitionReader[] {
    return partitions.map((partition) => {
      const reader = this.#plan.reader(partition);
      if (reader !== undefined) return reader;
      throw new RangeError(`${partition.topic}-${partition.partition} is not assigned to this consumer`);
    });
  }

  #dropAll(): void {
    this.#returned = [];
    this.#plan.remove([...this.#plan.readers]);
  }

  #groupOrThrow(): ConsumerGroup {
    if (this.#group === undefined) throw new ClientError('NAGARE_CLIENT_NO_GROUP', 'client.consumer({ groupId })');
    return this.#group;
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new ClientError('NAGARE_CLIENT_CLOSED', 'the consumer');
  }

  async #leave(options: { readonly isClosing: boolean }): Promise<void> {
    const owned = this.assignment();
    if (owned.length > 0) await this.#giveUp(owned, false);
    await this.#group?.session.leave(options);
  }

  async #close(timeoutMs: number): Promise<void> {
    this.#changed.fire();
    if (timeoutMs > 0) await this.#changed.within(timeoutMs, this.#closeInOrder());
    this.#group?.session.close();
    this.#group?.committer.close();
    this.#fetcher.close();
    this.#cluster.close();
  }

  async #closeInOrder(): Promise<void> {
    try {
      this.#finishReturned();
      if (this.#mode === 'subscribed') await this.#leave({ isClosing: true });
      else if (this.#config.autoCommit) await this.#group?.committer.commitProcessed();
    } catch (error) {
      this.#cluster.context.log.warn('consumer.close-failed', { error });
    }
  }
}

function plainPartition({ topic, partition }: TopicPartition): TopicPartition {
  return { topic, partition };
}
