import { type Duration, durationMs } from '../duration.ts';
import { StreamsError } from '../errors.ts';
import { AsyncCaller } from '../host/async-caller.ts';
import type { DropReason } from '../operators/define-operator.ts';
import type { KeyValueStore, SessionStore, VersionedKeyValueStore, WindowStore } from '../state/store.ts';
import type { Topology } from '../topology/topology.ts';
import type { ClusterInstance } from './cluster/cluster-instance.ts';
import { ClusterTopics } from './cluster/cluster-topics.ts';
import {
  mergedKeyValueStore,
  mergedSessionStore,
  mergedVersionedStore,
  mergedWindowStore,
  type ReadOnlyKeyValueStore,
  type ReadOnlySessionStore,
  type ReadOnlyVersionedKeyValueStore,
  type ReadOnlyWindowStore,
} from './cluster/merged-stores.ts';
import { TestCluster } from './cluster/test-cluster.ts';
import { type TestReadOptions, type TestTopicRecord, TopicReader } from './cluster/topic-reader.ts';
import { Turns } from './cluster/turns.ts';
import { type TestInputOptions, TestInputTopic } from './test-input-topic.ts';
import type { TestOutputTopic } from './test-output-topic.ts';
import { deserializationPolicyOf, errorPolicyOf } from './test-policies.ts';
import { openWhole, openWholeGlobal } from './test-stores.ts';
import type { TestDriverOptions, TopicSerdes } from './topology-test-driver.ts';
import { VirtualTimers } from './virtual-timers.ts';

export interface ClusterDriverOptions extends Omit<TestDriverOptions, 'autoCommit'> {
  /** Partitions of each topic that the application does not make itself. Default: 3. */
  readonly partitions?: number;
  /** Partitions of single topics that have another number, by their names. */
  readonly partitionsOf?: Readonly<Record<string, number>>;
  /** How many instances of the application run at first; their numbers are 0, 1, 2 … Default: 1. */
  readonly instances?: number;
  /** What a commit is: with 'exactly_once_v2' a transaction. Default: 'exactly_once_v2'. */
  readonly processingGuarantee?: 'at_least_once' | 'exactly_once_v2';
  /** How many other instances keep the stores of each task up to date. Default: 0. */
  readonly numStandbyReplicas?: number;
  /** Chooses which task processes the next record. Without one, tasks take turns. */
  readonly seed?: number | string;
}

/** An input topic of several partitions. */
export interface ClusterInputOptions extends TestInputOptions {
  /** Where all records go. Default: where the hash of their key says, and without a key to one partition after the other. */
  readonly partition?: number;
}

/**
 * Runs a topology on several partitions and instances without a broker, step by step, as a test says.
 *
 * It shows what one partition and a commit for each record hide: which records meet in a partition, what caches hold back, what an
 * aborted transaction takes back, what a restart restores. Records wait in their topics until {@link run}, or {@link process} and
 * {@link commit}. The same calls, with the same seed, give the same result. Time is that of the records, and a wall clock that stands
 * still until {@link advanceWallClockTime}.
 *
 * @example An instance dies before it has committed
 * ```ts
 * const driver = new ClusterTestDriver(topology, { partitions: 4, instances: 2 });
 * const words = driver.createInputTopic('words', { key: string, value: string });
 * words.pipeKeyValueList([['a', 'x'], ['b', 'y'], ['a', 'z']]);
 * driver.process();
 * driver.crash(0);
 * driver.run();
 * expect(driver.getKeyValueStore<string, number>('counts').get('a')).toBe(2);
 * ```
 */
export class ClusterTestDriver implements Disposable {
  readonly #topics: ClusterTopics;
  readonly #cluster: TestCluster;
  readonly #restored = new Map<string, number>();
  readonly #timers = new VirtualTimers();
  readonly #caller = new AsyncCaller(this.#timers);
  readonly #isTransactional: boolean;
  #isClosed = false;
  #nowMs: number;

  /**
   * @throws {StreamsError} `NAGARE_STREAMS_NOT_COPARTITIONED` when topics that are joined have not equally many partitions.
   * @throws {RangeError} For a number of partitions or instances below 1.
   */
  constructor(topology: Topology, options: ClusterDriverOptions = {}) {
    const { applicationId = 'test', partitions = 3, partitionsOf = {}, instances = 1 } = options;
    if (!Number.isSafeInteger(instances) || instances < 1)
      throw new RangeError(`instances must be 1 or more, got ${instances}`);
    this.#isTransactional = options.processingGuarantee !== 'at_least_once';
    this.#nowMs = options.initialWallClockTimeMs ?? 0;
    this.#topics = new ClusterTopics(topology, { applicationId, partitions, partitionsOf });
    const application = {
      ...{
        applicationId,
        topology,
        topics: this.#topics,
        caller: this.#caller,
        isTransactional: this.#isTransactional,
      },
      isolation: this.#isTransactional ? ('read_committed' as const) : ('read_uncommitted' as const),
      deserialization: deserializationPolicyOf(options),
      errors: errorPolicyOf(options),
      emitIntervalMs: options.emitIntervalMs ?? 0,
      cacheBytesMax: options.statestoreCacheMaxBytes ?? 0,
      nowMs: () => this.#nowMs,
      restored: this.#restored,
      dropped: new Map(),
    };
    const { numStandbyReplicas = 0, seed } = options;
    this.#cluster = new TestCluster({ application, turns: new Turns(seed), numStandbyReplicas });
    this.#cluster.start(
      Array.from({ length: instances }, (_, index) => index),
      'kept',
    );
  }

  /** A topic to write, by the partitioner of producers. Its records wait there until the application processes them. */
  createInputTopic<K, V>(
    topic: string,
    { key: keys, value: values }: TopicSerdes<K, V>,
    options: ClusterInputOptions = {},
  ): TestInputTopic<K, V> {
    if (!this.#topics.counts.has(topic))
      throw new StreamsError('NAGARE_STREAMS_TOPIC_MISSING', `the topology does not read ${topic}`);
    const { partition } = options;
    return new TestInputTopic((record) => {
      this.#checkOpen();
      const { timestamp, headers } = record;
      const key = keys.serialize(topic, record.key);
      const value = values.serialize(topic, record.value);
      const partitionBy = key === null || keys.partitionPart === undefined ? key : keys.partitionPart(key);
      this.#topics.write({ topic, partition, partitionBy, key, value, timestamp, headers });
    }, options);
  }

  /** A topic whose records are read once each: an output topic, or an internal one by its full name. */
  createOutputTopic<K, V>(
    topic: string,
    serdes: TopicSerdes<K, V>,
    options: TestReadOptions = {},
  ): TestOutputTopic<K, V> {
    return new TopicReader(this.#topics, topic, { ...serdes, ...options }).asOutputTopic();
  }

  /**
   * All records of a topic, with their partitions and offsets. The mark at the end of a transaction takes an offset too.
   *
   * @example What a repartition topic holds
   * ```ts
   * driver.readTopic('test-by-word-repartition', { key: string, value: string, partition: 1 });
   * ```
   */
  readTopic<K, V>(topic: string, options: TopicSerdes<K, V> & TestReadOptions): TestTopicRecord<K, V>[] {
    return new TopicReader(this.#topics, topic, options).take();
  }

  /** The topics that something was written to, inputs and changelogs included, by their full names. */
  topicNames(): ReadonlySet<string> {
    return new Set(this.#topics.written);
  }

  /**
   * Lets tasks process what they can read, and commits nothing.
   *
   * @param recordsMax - How many records of all tasks at most. Default: all.
   * @returns How many records were processed.
   * @throws {StreamsError} What a task failed with. Its instance has crashed then, and others have its tasks.
   */
  process(recordsMax = Number.POSITIVE_INFINITY): number {
    this.#checkOpen();
    let processed = 0;
    for (let more = 1; more > 0 && processed < recordsMax; processed += more) more = this.#cluster.advance();
    return processed;
  }

  /**
   * Commits what was processed, and lets caches send what they hold back.
   *
   * @param instance - The one that commits. Default: all.
   * @throws {TypeError} While calls of `mapAsync` are under way: await {@link settle}.
   */
  commit(instance?: number): void {
    for (const each of this.#chosen(instance)) {
      if (!this.#cluster.commit(each))
        throw new TypeError('await settle() before commit(): calls of mapAsync are under way');
    }
  }

  /**
   * Has the commit of a transaction fail: outputs, changelogs and offsets since the last commit do not count, stores go back, and the
   * same records are processed again.
   *
   * @param instance - The one whose transaction it is. Default: all, one after the other.
   * @throws {TypeError} With at_least_once, which has no transactions: {@link crash} shows what is repeated.
   */
  abort(instance?: number): void {
    if (!this.#isTransactional) throw new TypeError("abort() needs processingGuarantee 'exactly_once_v2'");
    for (const each of this.#chosen(instance)) this.#cluster.guarded(each, () => each.abort());
  }

  /** Processes and commits until there is nothing left to do, or only calls of `mapAsync` are under way. @throws as {@link process}. */
  run(): void {
    do this.process();
    while (this.#commitReady());
  }

  /**
   * Does what {@link run} does, and waits until every call of `mapAsync` has ended and what it gave has gone through.
   *
   * Calls take what time they really take, but for their timeouts, which go by {@link advanceWallClockTime}.
   */
  async settle(): Promise<void> {
    this.run();
    while (this.#cluster.instances.some(({ isIdle }) => !isIdle)) {
      await this.#caller.nextEnd();
      this.run();
    }
  }

  /** Lets wall-clock time go by, in one step: each punctuator that is due is called once, and calls whose time is up fail. */
  advanceWallClockTime(by: Duration): void {
    this.#checkOpen();
    const byMs = durationMs(by, 'by');
    this.#nowMs += byMs;
    this.#timers.advance(byMs);
    for (const each of this.#cluster.instances) this.#cluster.guarded(each, () => each.punctuate());
  }

  /** The instances that run. */
  get instances(): readonly number[] {
    return this.#cluster.instances.map(({ index }) => index);
  }

  /** Which instance runs which task; a task is `<sub-topology>_<partition>`. */
  get tasks(): ReadonlyMap<string, number> {
    return new Map(this.#cluster.tasks.map(({ id, instance }) => [id, instance.index]));
  }

  /** Which instances keep the stores of which tasks without running them. */
  get standbyTasks(): ReadonlyMap<string, readonly number[]> {
    const { instances, taskIds } = this.#cluster;
    const keepers = (id: string) => instances.filter(({ keeping }) => keeping.has(id)).map(({ index }) => index);
    return new Map(taskIds.map((id) => [id, keepers(id)] as const).filter(([, { length }]) => length > 0));
  }

  /**
   * Starts an instance: a new one, or one that has crashed or stopped. Tasks are placed anew.
   *
   * @param instance - Its number.
   * @param options - `state`: whether it still has its stores. Default: 'kept', as of its last commit.
   */
  start(instance: number, { state = 'kept' }: { readonly state?: 'kept' | 'lost' } = {}): void {
    this.#checkOpen();
    this.#cluster.start([instance], state);
  }

  /** Has an instance commit and leave; others get its tasks. @throws {TypeError} as {@link commit}. */
  stop(instance: number): void {
    this.commit(instance);
    this.crash(instance);
  }

  /**
   * Ends an instance as SIGKILL would: what it has not committed is lost, and its transaction is aborted. Others get its tasks, at
   * the last commit.
   */
  crash(instance: number): void {
    this.#cluster.kill(this.#cluster.instance(instance));
  }

  /** Moves a task to another instance, which it stays on until tasks are placed anew. Its instance commits first. */
  move(taskId: string, instance: number): void {
    this.#cluster.move(taskId, instance);
  }

  /** Places tasks anew, as the assignor of an application does when its members change. */
  rebalance(): void {
    this.#cluster.rebalance();
  }

  /** A key-value store, to be read: the rows of all partitions, partition by partition. */
  getKeyValueStore<K, V>(name: string): ReadOnlyKeyValueStore<K, V> {
    return mergedKeyValueStore(() => this.#storesOf<KeyValueStore<K, V>>(name));
  }

  /** A versioned key-value store, to be read. */
  getVersionedKeyValueStore<K, V>(name: string): ReadOnlyVersionedKeyValueStore<K, V> {
    return mergedVersionedStore(() => this.#storesOf<VersionedKeyValueStore<K, V>>(name));
  }

  /** A window store, to be read. */
  getWindowStore<K, V>(name: string): ReadOnlyWindowStore<K, V> {
    return mergedWindowStore(() => this.#storesOf<WindowStore<K, V>>(name));
  }

  /** A session store, to be read. */
  getSessionStore<K, V>(name: string): ReadOnlySessionStore<K, V> {
    return mergedSessionStore(() => this.#storesOf<SessionStore<K, V>>(name));
  }

  /** How many records were dropped, by the reason. Those that were processed twice count twice. */
  get droppedRecords(): ReadonlyMap<DropReason, number> {
    return this.#cluster.droppedRecords;
  }

  /** How many changelog records the stores of tasks lacked when the tasks began to run, by their names. */
  get restoredRecords(): ReadonlyMap<string, number> {
    return new Map(this.#restored);
  }

  close(): void {
    this.#isClosed = true;
    this.#cluster.killAll();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new StreamsError('NAGARE_STREAMS_NOT_RUNNING', 'the test driver is closed');
  }

  #chosen(instance: number | undefined): ClusterInstance[] {
    this.#checkOpen();
    return instance === undefined ? this.#cluster.instances : [this.#cluster.instance(instance)];
  }

  /** Commits what can be committed, and says whether there was anything. */
  #commitReady(): boolean {
    const due = this.#cluster.instances.filter(({ isCommitNeeded }) => isCommitNeeded);
    return due.filter((each) => this.#cluster.commit(each)).length > 0;
  }

  /** The stores of a name in the order of their partitions; one of a global table is the same everywhere. */
  #storesOf<S>(name: string): readonly S[] {
    const { tasks, instances } = this.#cluster;
    const stores = tasks
      .map(({ running: { task } }) => ({ task, store: task.stores.find(({ spec }) => spec.name === name) }))
      .sort((a, b) => a.task.partition - b.task.partition)
      .flatMap(({ task, store }) => (store === undefined ? [] : [openWhole(store, task)]));
    const global = instances[0]?.globals.find(({ rows }) => rows.store.spec.name === name);
    if (global !== undefined) stores.push(openWholeGlobal(global.rows.store));
    if (stores.length === 0) throw new StreamsError('NAGARE_STREAMS_STORE_UNKNOWN', `${name}, in tasks that run`);
    return stores as unknown as readonly S[];
  }
}
