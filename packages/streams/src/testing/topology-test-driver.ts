import type { Serde } from '@nagare/serdes';
import type { DeserializationDecision, DeserializationPolicy } from '../core/deserialization.ts';
import type { ErrorDecision, ErrorHandler, ErrorPolicy } from '../core/failures.ts';
import { GlobalRows } from '../core/global-rows.ts';
import { decodeOffsetMetadata } from '../core/offset-metadata.ts';
import { type OpenStore, openStore } from '../core/open-store.ts';
import type { OutputRecord } from '../core/output.ts';
import { Task, type TaskStore } from '../core/task.ts';
import { type Duration, durationMs } from '../duration.ts';
import { StreamsError } from '../errors.ts';
import type { DropReason } from '../operators/define-operator.ts';
import type { RawRecord } from '../record.ts';
import { restoredFrom } from '../state/changelog.ts';
import { MemoryStore } from '../state/memory.ts';
import type { KeyValueStore, SessionStore, VersionedKeyValueStore, WindowStore } from '../state/store.ts';
import type { StoreSpec } from '../state/store-spec.ts';
import { WriteBuffer } from '../state/write-buffer.ts';
import { changelogTopic, topicNames } from '../topology/names.ts';
import type { SubTopology, Topology } from '../topology/topology.ts';
import { type TestInputOptions, TestInputTopic } from './test-input-topic.ts';
import { TestOutputTopic } from './test-output-topic.ts';

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
}

/** The serdes of a topic. */
export interface TopicSerdes<K, V> {
  readonly key: Serde<K>;
  readonly value: Serde<V>;
}

/**
 * Runs a topology without a broker, in the call that puts a record in.
 *
 * Every topic has one partition, and every record is committed. Records of repartition topics, and of output topics that
 * the topology reads itself, go round at once. Time is that of the records.
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
  /** Everything that was written to a topic, and how much of it the test has read. */
  readonly #topics = new Map<string, { readonly records: OutputRecord[]; read: number }>();
  readonly #offsets = new Map<string, number>();
  readonly #committed = new Map<string, string>();
  readonly #globals: readonly GlobalRows[];
  #tasks: readonly { readonly task: Task; readonly reads: ReadonlySet<string> }[];
  #isClosed = false;
  #nowMs: number;

  constructor(topology: Topology, options: TestDriverOptions = {}) {
    this.#topology = topology;
    this.#options = options;
    this.#nowMs = options.initialWallClockTimeMs ?? 0;
    this.#applicationId = options.applicationId ?? 'test';
    this.#topicName = topicNames(this.#applicationId, topology.repartitionTopics);
    this.#globals = topology.globalTables.map((table) => new GlobalRows(table, this.#policy, { ordered: true }));
    this.#tasks = topology.subTopologies.map((part) => this.#startTask(part));
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
    const take = (count: number) => {
      const written = this.#writtenTo(topic);
      const records = written.records.slice(written.read, written.read + count);
      written.read += records.length;
      return records.map(({ key, value, timestamp, headers }) => ({
        key: serdes.key.deserialize(topic, key),
        value: serdes.value.deserialize(topic, value),
        timestamp,
        headers,
      }));
    };
    return new TestOutputTopic(topic, take, () => this.#writtenTo(topic).records.length - this.#writtenTo(topic).read);
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
    const names = this.#tasks.flatMap(({ task }) => task.stores.map(({ spec }) => spec.name));
    const globals = this.#globals.map(({ store }) => store.spec.name);
    return new Map([...names, ...globals].map((name) => [name, this.#storeOf(name)]));
  }

  /** The topics that something was written to, changelogs included, by their full names. */
  producedTopicNames(): ReadonlySet<string> {
    return new Set(Array.from(this.#topics).flatMap(([name, { records }]) => (records.length > 0 ? [name] : [])));
  }

  /** Lets wall-clock time go by, in one step: each punctuator that is due by then is called once. */
  advanceWallClockTime(by: Duration): void {
    this.#nowMs += durationMs(by, 'by');
    for (const { task } of this.#tasks) {
      task.punctuate(this.#nowMs);
      this.#run(task);
    }
  }

  /** How many records were dropped, by the reason. */
  get droppedRecords(): ReadonlyMap<DropReason, number> {
    const sums = new Map<DropReason, number>();
    for (const { droppedRecords } of [...this.#tasks.map(({ task }) => task), ...this.#globals]) {
      for (const [reason, count] of droppedRecords) sums.set(reason, (sums.get(reason) ?? 0) + count);
    }
    return sums;
  }

  /** Ends the application as a crash would, and starts it again: stores come back from their changelogs. */
  restart(): void {
    this.#tasks = this.#topology.subTopologies.map((part) => this.#startTask(part));
  }

  close(): void {
    this.#isClosed = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #pipe(
    topic: string,
    key: Buffer | null,
    value: Buffer | null,
    timestamp: number,
    headers: RawRecord['headers'],
  ): void {
    if (this.#isClosed) throw new StreamsError('NAGARE_STREAMS_NOT_RUNNING', 'the test driver is closed');
    const global = this.#globals.find((rows) => rows.topic === topic);
    const readers = this.#tasks.filter(({ reads }) => reads.has(topic));
    if (readers.length === 0 && global === undefined)
      throw new StreamsError('NAGARE_STREAMS_TOPIC_MISSING', `the topology does not read ${topic}`);
    const offset = this.#offsets.get(topic) ?? 0;
    this.#offsets.set(topic, offset + 1);
    global?.apply(0, [{ key, value, timestamp, offset, headers }]);
    for (const { task } of readers) task.addRecords(topic, [{ key, value, timestamp, offset, headers }], offset + 1);
    for (const { task } of readers) this.#run(task);
  }

  #run(task: Task): void {
    while (task.process(Number.POSITIVE_INFINITY, this.#nowMs) > 0);
    const outputs = task.takeOutputs();
    const { offsets, changelog, stores } = task.prepareCommit();
    for (const { topic, metadata } of offsets) this.#committed.set(topic, metadata);
    for (const { store, pending } of stores) {
      (store.buffer.store as MemoryStore).apply({ ...pending, position: 0 });
      store.buffer.clear();
    }
    task.committed();
    for (const record of [...outputs, ...changelog]) this.#write(record);
  }

  #write(record: OutputRecord): void {
    this.#writtenTo(record.topic).records.push(record);
    const isGlobal = this.#globals.some(({ topic }) => topic === record.topic);
    if (!isGlobal && !this.#tasks.some(({ reads }) => reads.has(record.topic))) return;
    this.#pipe(record.topic, record.key, record.value, record.timestamp, record.headers);
  }

  #writtenTo(topic: string) {
    const known = this.#topics.get(topic);
    if (known !== undefined) return known;
    const written = { records: [], read: 0 };
    this.#topics.set(topic, written);
    return written;
  }

  /** The store as a test sees it: all of it can be read, also where the application reads single keys alone. */
  #storeOf(name: string): OpenStore {
    for (const { task } of this.#tasks) {
      const store = task.stores.find(({ spec }) => spec.name === name);
      if (store !== undefined) return openStore({ ...store, spec: withRanges(store.spec) }, task);
    }
    const global = this.#globals.find(({ store }) => store.spec.name === name);
    if (global === undefined) throw new StreamsError('NAGARE_STREAMS_STORE_UNKNOWN', name);
    const owner = { timestampMs: -1, observedTime: () => ({ ms: -1 }), drop: () => {} };
    return openStore({ ...global.store, spec: withRanges(global.store.spec) }, owner);
  }

  get #policy(): DeserializationPolicy {
    const decision = this.#options.onDeserializationError ?? 'fail';
    return { decide: () => decision, deadLetterTopic: this.#options.deadLetterTopic };
  }

  get #errorPolicy(): ErrorPolicy {
    const { onProcessingError: processing = 'fail', onProductionError: production = 'fail' } = this.#options;
    return {
      processing: typeof processing === 'function' ? processing : () => processing,
      production: typeof production === 'function' ? production : () => production,
      deadLetterTopic: this.#options.deadLetterTopic,
    };
  }

  #startTask(topology: SubTopology) {
    const topics = topology.sources.flatMap((source) => source.topics);
    const task = new Task({
      topology,
      partition: 0,
      topics,
      stores: topology.stores.map((spec) => this.#restored(spec)),
      topicName: this.#topicName,
      globals: this.#globals.map(({ store }) => store),
      deserialization: this.#policy,
      errors: this.#errorPolicy,
      emitIntervalMs: this.#options.emitIntervalMs ?? 0,
      wallTimeMs: this.#nowMs,
    });
    const reads = new Set(topics.map(this.#topicName));
    for (const topic of reads) task.resume(topic, decodeOffsetMetadata(this.#committed.get(topic) ?? ''));
    return { task, reads };
  }

  #restored(spec: StoreSpec): TaskStore {
    const topic = changelogTopic(this.#applicationId, spec.name);
    const store = new MemoryStore({ ordered: true });
    const records = this.#topics.get(topic)?.records ?? [];
    const restored = records.map((record) => ({ ...record, offset: 0 }));
    store.apply({ ...restoredFrom(spec, store, restored), position: records.length });
    return { spec, buffer: new WriteBuffer(store), changelogTopic: topic };
  }
}

function withRanges(spec: StoreSpec): StoreSpec {
  return spec.kind === 'key-value' || spec.kind === 'window' ? { ...spec, ranges: true } : spec;
}
