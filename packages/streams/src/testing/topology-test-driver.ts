import type { Serde } from '@nagare/serdes';
import type { DeserializationDecision } from '../core/deserialization.ts';
import type { ErrorDecision, ErrorHandler } from '../core/failures.ts';
import { GlobalRows } from '../core/global-rows.ts';
import type { OffsetMetadata } from '../core/offset-metadata.ts';
import type { OpenStore } from '../core/open-store.ts';
import { Task, type TaskStore } from '../core/task.ts';
import type { TaskCommit } from '../core/task-commit.ts';
import { type Duration, durationMs } from '../duration.ts';
import { StreamsError } from '../errors.ts';
import { AsyncCaller } from '../host/async-caller.ts';
import type { DropReason } from '../operators/define-operator.ts';
import type { RawRecord } from '../record.ts';
import { CacheBudget } from '../state/cache.ts';
import { restoredFrom, toChangelog, toChangelogTexts } from '../state/changelog.ts';
import { MemoryStore } from '../state/memory.ts';
import type { KeyValueStore, SessionStore, VersionedKeyValueStore, WindowStore } from '../state/store.ts';
import type { StoreSpec } from '../state/store-spec.ts';
import { type PendingCommit, WriteBuffer } from '../state/write-buffer.ts';
import { changelogTopic, topicNames } from '../topology/names.ts';
import type { SubTopology, Topology } from '../topology/topology.ts';
import type { LoggedRecord } from './packed-records.ts';
import { type TestInputOptions, TestInputTopic } from './test-input-topic.ts';
import { TestOutputTopic } from './test-output-topic.ts';
import { deserializationPolicyOf, errorPolicyOf } from './test-policies.ts';
import { openWhole, openWholeGlobal } from './test-stores.ts';
import { TopicLog } from './topic-log.ts';
import { VirtualTimers } from './virtual-timers.ts';

export interface TestDriverOptions {
  /** The application, which the names of internal topics start with. Default: `test`. */
  readonly applicationId?: string;
  /** What to do with records that cannot be deserialized. Default: `fail`. */
  readonly onDeserializationError?: DeserializationDecision;
  /** What to do with records that a function of the application throws for. Default: `fail`. */
  readonly onProcessingError?: ErrorDecision | ErrorHandler;
  /** What to do with results that cannot be serialized. Default: `fail`. */
  readonly onProductionError?: ErrorDecision | ErrorHandler;
  /** The topic of dead letters. */
  readonly deadLetterTopic?: string;
  /** What the wall clock shows at first, in milliseconds since 1970. Default: 0. */
  readonly initialWallClockTimeMs?: number;
  /** How long operators wait between two looks for results that have become final, of the wall clock's time. Default: 0. */
  readonly emitIntervalMs?: number;
  /** What the record caches of tables may take, in bytes. Default: 0, every change is sent as it happens. */
  readonly statestoreCacheMaxBytes?: number;
  /** Whether every record is committed. Without, {@link TopologyTestDriver.commit} does it, and caches hold changes back until then. Default: true. */
  readonly autoCommit?: boolean;
}

/** The serdes of a topic. */
export interface TopicSerdes<K, V> {
  readonly key: Serde<K>;
  readonly value: Serde<V>;
}

/** A topic, as the driver keeps it. */
interface Topic {
  readonly name: string;
  /** What the application wrote to it. */
  readonly log: TopicLog;
  nextOffset: number;
  readers: Task[];
  global: GlobalRows | undefined;
}

function isRead({ readers, global }: Topic): boolean {
  return readers.length > 0 || global !== undefined;
}

/**
 * Runs a topology without a broker, in the call that puts a record in.
 *
 * Every topic has one partition, and every record is committed. Records of repartition topics, and of output topics that
 * the topology reads itself, go round at once. Time is that of the records. Only `mapAsync` takes longer: see {@link settle}.
 *
 * @example A topology that shouts
 * ```ts
 * const driver = new TopologyTestDriver(topology);
 * const words = driver.createInputTopic('words', { key: string, value: string });
 * const shouts = driver.createOutputTopic('shouts', { key: string, value: string });
 * words.pipeInput('k', 'hello');
 * expect(shouts.readKeyValue()).toEqual(['k', 'HELLO']);
 * ```
 */
export class TopologyTestDriver implements Disposable {
  readonly #topology: Topology;
  readonly #applicationId: string;
  readonly #options: TestDriverOptions;
  readonly #topicName: (name: string) => string;
  readonly #topics = new Map<string, Topic>();
  /** The times that were committed for each topic. */
  readonly #committed = new Map<string, OffsetMetadata>();
  readonly #globals: readonly GlobalRows[];
  readonly #timers = new VirtualTimers();
  readonly #caller = new AsyncCaller(this.#timers);
  readonly #cacheBudget: CacheBudget;
  #tasks: readonly Task[] = [];
  #isClosed = false;
  #nowMs: number;

  constructor(topology: Topology, options: TestDriverOptions = {}) {
    this.#topology = topology;
    this.#options = options;
    this.#nowMs = options.initialWallClockTimeMs ?? 0;
    this.#applicationId = options.applicationId ?? 'test';
    this.#cacheBudget = new CacheBudget(options.statestoreCacheMaxBytes ?? 0);
    this.#topicName = topicNames(this.#applicationId, topology.repartitionTopics);
    this.#globals = topology.globalTables.map(
      (table) => new GlobalRows(table, deserializationPolicyOf(options), { ordered: true }),
    );
    this.restart();
  }

  /** A topic to write. Its serdes are used to write what the topology reads with its own. */
  createInputTopic<K, V>(
    topic: string,
    serdes: TopicSerdes<K, V>,
    options: TestInputOptions = {},
  ): TestInputTopic<K, V> {
    return new TestInputTopic(({ key, value, timestamp, headers }) => {
      this.#pipe(topic, serdes.key.serialize(topic, key), serdes.value.serialize(topic, value), timestamp, headers);
    }, options);
  }

  /** A topic to read: an output topic, or a changelog by its full name. */
  createOutputTopic<K, V>(topic: string, serdes: TopicSerdes<K, V>): TestOutputTopic<K, V> {
    const take = (count: number) =>
      this.#topic(topic)
        .log.take(count)
        .map(({ key, value, timestamp, headers }) => ({
          key: serdes.key.deserialize(topic, key),
          value: serdes.value.deserialize(topic, value),
          timestamp,
          headers,
        }));
    return new TestOutputTopic(topic, take, () => this.#topic(topic).log.unread);
  }

  /** A key-value store of the topology. */
  getKeyValueStore<K, V>(name: string): KeyValueStore<K, V> {
    return this.#storeOf(name) as unknown as KeyValueStore<K, V>;
  }

  /** A versioned key-value store of the topology. */
  getVersionedKeyValueStore<K, V>(name: string): VersionedKeyValueStore<K, V> {
    return this.#storeOf(name) as unknown as VersionedKeyValueStore<K, V>;
  }

  /** A window store of the topology. */
  getWindowStore<K, V>(name: string): WindowStore<K, V> {
    return this.#storeOf(name) as unknown as WindowStore<K, V>;
  }

  /** A session store of the topology. */
  getSessionStore<K, V>(name: string): SessionStore<K, V> {
    return this.#storeOf(name) as unknown as SessionStore<K, V>;
  }

  /** The stores of the topology by their names, global ones included; those that only an operator can read are among them. */
  getAllStateStores(): ReadonlyMap<string, OpenStore> {
    const names = this.#tasks.flatMap((task) => task.stores.map(({ spec }) => spec.name));
    const globals = this.#globals.map(({ store }) => store.spec.name);
    return new Map([...names, ...globals].map((name) => [name, this.#storeOf(name)]));
  }

  /** The topics that something was written to, changelogs included, by their full names. */
  producedTopicNames(): ReadonlySet<string> {
    return new Set(Array.from(this.#topics).flatMap(([name, { log }]) => (log.length > 0 ? [name] : [])));
  }

  /**
   * Waits until every call of `mapAsync` has ended and what it gave has gone through.
   *
   * Calls begin with {@link TestInputTopic.pipeInput}; what comes of them is there after this. They take what time they really take, but
   * for their timeouts, which go by {@link advanceWallClockTime}.
   *
   * @throws {StreamsError} What the topology failed with.
   * @example A topology that asks a service
   * ```ts
   * words.pipeInput('k', 'hello');
   * await driver.settle();
   * expect(answers.readValue()).toBe('HELLO');
   * ```
   */
  async settle(): Promise<void> {
    for (let busy = this.#busyTasks(); busy.length > 0; busy = this.#busyTasks()) {
      for (const task of busy) this.#run(task);
      if (this.#busyTasks().length > 0 && busy.every(({ calls }) => !calls.hasResults)) await this.#caller.nextEnd();
    }
  }

  #busyTasks(): Task[] {
    return this.#tasks.filter(({ calls }) => !calls.isIdle);
  }

  /**
   * Lets wall-clock time go by, in one step: each punctuator that is due by then is called once, and calls of `mapAsync` whose time is up
   * fail.
   */
  advanceWallClockTime(by: Duration): void {
    const byMs = durationMs(by, 'by');
    this.#nowMs += byMs;
    this.#timers.advance(byMs);
    for (const task of this.#tasks) {
      task.punctuate(this.#nowMs);
      this.#run(task);
    }
  }

  /** Commits what was processed since the last commit, and lets caches send what they hold back. Only without `autoCommit` is it needed. */
  commit(): void {
    for (let due = this.#due(); due.length > 0; due = this.#due()) for (const task of due) this.#finish(task, true);
  }

  #due(): Task[] {
    return this.#tasks.filter(({ isCommitNeeded, calls }) => isCommitNeeded && calls.isIdle);
  }

  /** How many records were dropped, by the reason. */
  get droppedRecords(): ReadonlyMap<DropReason, number> {
    const sums = new Map<DropReason, number>();
    for (const { droppedRecords } of [...this.#tasks, ...this.#globals]) {
      for (const [reason, count] of droppedRecords) sums.set(reason, (sums.get(reason) ?? 0) + count);
    }
    return sums;
  }

  /**
   * Ends the application as a crash would, and starts it again: stores come back from their changelogs.
   *
   * @throws {TypeError} While calls of `mapAsync` are under way: await {@link settle} first; and while records wait for a retry.
   */
  restart(): void {
    if (this.#busyTasks().length > 0) throw new TypeError('await settle() before restart()');
    if (this.#tasks.some(({ size }) => size > 0))
      throw new TypeError('records wait for a retry: use ClusterTestDriver');
    for (const { caches } of this.#tasks) caches.clear();
    for (const topic of this.#topics.values()) topic.readers = [];
    for (const global of this.#globals) this.#topic(global.topic).global = global;
    this.#tasks = this.#topology.subTopologies.map((part) => this.#startTask(part));
  }

  close(): void {
    this.#isClosed = true;
    for (const { calls } of this.#tasks) calls.abandon();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #pipe(
    name: string,
    key: Buffer | null,
    value: Buffer | null,
    timestamp: number,
    headers: RawRecord['headers'],
  ): void {
    if (this.#isClosed) throw new StreamsError('NAGARE_STREAMS_NOT_RUNNING', 'the test driver is closed');
    const topic = this.#topics.get(name);
    if (topic === undefined || !isRead(topic))
      throw new StreamsError('NAGARE_STREAMS_TOPIC_MISSING', `the topology does not read ${name}`);
    this.#deliver(topic, { key, value, timestamp, offset: topic.nextOffset, headers });
  }

  #deliver(topic: Topic, record: RawRecord): void {
    topic.nextOffset += 1;
    const records = [record];
    topic.global?.apply(0, records);
    for (const task of topic.readers) task.addRecords(topic.name, records, topic.nextOffset);
    for (const task of topic.readers) this.#run(task);
  }

  /** Lets a task process all that it has, and commits it. */
  #run(task: Task): void {
    while (task.process(Number.POSITIVE_INFINITY, this.#nowMs) > 0 && task.size > 0);
    this.#finish(task, this.#options.autoCommit ?? true);
  }

  #finish(task: Task, commits: boolean): void {
    if (commits) task.flush();
    this.#caller.start(task);
    const outputs = task.takeOutputs();
    const changed = commits && task.calls.isIdle ? this.#commit(task) : [];
    for (const record of outputs) this.#write(this.#topic(record.topic), record);
    for (const { store, pending } of changed) if (store.spec.logged) this.#log(store, pending);
  }

  #commit(task: Task): TaskCommit['stores'] {
    const { offsets, stores } = task.prepareCommit();
    for (const { topic, times } of offsets) this.#committed.set(topic, times);
    for (const { store, pending } of stores) {
      const { entries, dropBelow } = pending;
      (store.buffer.store as MemoryStore).apply({ entries, dropBelow, position: 0 });
      store.buffer.clear();
    }
    task.committed();
    return stores;
  }

  /** Writes a store's changelog. Its bytes are only made where somebody reads them. */
  #log({ spec, changelogTopic }: TaskStore, { log, entries }: PendingCommit): void {
    const topic = this.#topic(changelogTopic);
    for (const entry of log ?? entries) {
      if (isRead(topic)) this.#write(topic, toChangelog(spec, entry));
      else topic.log.pack(toChangelogTexts(spec, entry));
    }
  }

  #write(topic: Topic, record: LoggedRecord): void {
    if (!isRead(topic)) {
      topic.log.append(record);
      return;
    }
    topic.log.pack(record);
    const { key, value, timestamp, headers } = record;
    this.#deliver(topic, { key, value, timestamp, offset: topic.nextOffset, headers });
  }

  #topic(name: string): Topic {
    const known = this.#topics.get(name);
    if (known !== undefined) return known;
    const topic: Topic = { name, log: new TopicLog(), nextOffset: 0, readers: [], global: undefined };
    this.#topics.set(name, topic);
    return topic;
  }

  /** The store as a test sees it: all of it can be read, also where the application reads single keys alone. */
  #storeOf(name: string): OpenStore {
    for (const task of this.#tasks) {
      const store = task.stores.find(({ spec }) => spec.name === name);
      if (store !== undefined) return openWhole(store, task);
    }
    const global = this.#globals.find(({ store }) => store.spec.name === name);
    if (global === undefined) throw new StreamsError('NAGARE_STREAMS_STORE_UNKNOWN', name);
    return openWholeGlobal(global.store);
  }

  #startTask(topology: SubTopology): Task {
    const topics = topology.sources.flatMap((source) => source.topics);
    const task = new Task({
      topology,
      partition: 0,
      topics,
      stores: topology.stores.map((spec) => this.#restored(spec)),
      topicName: this.#topicName,
      globals: this.#globals.map(({ store }) => store),
      deserialization: deserializationPolicyOf(this.#options),
      errors: errorPolicyOf(this.#options),
      emitIntervalMs: this.#options.emitIntervalMs ?? 0,
      wallTimeMs: this.#nowMs,
      cacheBudget: this.#cacheBudget,
    });
    for (const name of new Set(topics.map(this.#topicName))) {
      this.#topic(name).readers.push(task);
      const times = this.#committed.get(name);
      if (times !== undefined) task.resume(name, times);
    }
    return task;
  }

  #restored(spec: StoreSpec): TaskStore {
    const topic = changelogTopic(this.#applicationId, spec.name);
    const store = new MemoryStore({ ordered: true });
    const { log } = this.#topic(topic);
    log.keepsAll = true;
    const restored = log.all().map((record) => ({ ...record, offset: 0 }));
    store.apply({ ...restoredFrom(spec, store, restored), position: log.length });
    return { spec, buffer: new WriteBuffer(store), changelogTopic: topic };
  }
}
