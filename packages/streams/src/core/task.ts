import { assert } from '@nagare/base';
import { StreamsError } from '../errors.ts';
import type { DropReason, ObservedTime } from '../operators/define-operator.ts';
import type { Cancellable, Schedule } from '../operators/punctuation.ts';
import type { RawRecord, RecordMetadata } from '../record.ts';
import type { Gate } from '../rx.ts';
import { CacheBudget } from '../state/cache.ts';
import type { StoreSpec } from '../state/store-spec.ts';
import type { WriteBuffer } from '../state/write-buffer.ts';
import type { SubTopology } from '../topology/topology.ts';
import { AsyncCalls, type CallOrigin } from './async-calls.ts';
import { connectChains } from './chains.ts';
import type { DeserializationPolicy } from './deserialization.ts';
import { type ErrorPolicy, type FailedRecord, Failures, failedRecord } from './failures.ts';
import { NodeContext } from './node-context.ts';
import type { OffsetMetadata } from './offset-metadata.ts';
import { type OpenStore, openStore } from './open-store.ts';
import type { OutputRecord } from './output.ts';
import { PartitionGroup } from './partition-group.ts';
import { type Punctuation, type PunctuationQueue, Punctuations } from './punctuations.ts';
import type { RecordQueue } from './record-queue.ts';
import { Retries } from './retries.ts';
import { SinkInlet } from './sink.ts';
import { TaskCaches } from './task-caches.ts';
import { ChangelogRecords, nodeTimesMs, progressOf, type TaskCommit } from './task-commit.ts';
import { taskIdOf } from './task-id.ts';
import { makeQueues } from './task-queues.ts';

/** A store of a task: what it is, what was written to it, and the topic that backs it. */
export interface TaskStore {
  readonly spec: StoreSpec;
  readonly buffer: WriteBuffer;
  readonly changelogTopic: string;
  /** The largest time that a restore has brought to a store that forgets by time. */
  restoredTimeMs?: number;
}

export interface TaskOptions {
  readonly topology: SubTopology;
  readonly partition: number;
  /** The topics that the task has a partition of, by the names that the topology has for them. */
  readonly topics: readonly string[];
  readonly stores: readonly TaskStore[];
  /** The rows of global tables, which every node may read. */
  readonly globals?: readonly TaskStore[];
  /** The real name of a topic that the topology names. */
  readonly topicName: (name: string) => string;
  readonly deserialization: DeserializationPolicy;
  /** What is done about other errors that a record leads to. Default: they end the task. */
  readonly errors?: ErrorPolicy;
  /** How long operators that look for results to send wait between two looks, of the clock's time. Default: 1,000. */
  readonly emitIntervalMs?: number;
  /** What the clock shows, in milliseconds since 1970: punctuation by the wall clock counts from it. Default: 0. */
  readonly wallTimeMs?: number;
  /** What its record caches may take, together with others. Default: nothing, there are none. */
  readonly cacheBudget?: CacheBudget;
}

/**
 * One sub-topology on one partition number: records go in, outputs and store changes come out.
 *
 * Everything happens while {@link process} and {@link punctuate} run. It neither reads a clock nor waits; its host fetches, writes and commits.
 */
export class Task implements Gate {
  readonly id: string;
  readonly partition: number;
  readonly stores: readonly TaskStore[];
  readonly droppedRecords = new Map<DropReason, number>();
  readonly calls = new AsyncCalls(() => this.#capture());
  readonly caches: TaskCaches;
  readonly #group: PartitionGroup;
  readonly #observedTimes = new Map<string, ObservedTime>();
  readonly #openStores = new Map<string, OpenStore>();
  readonly #globals: ReadonlySet<string>;
  #outputs: OutputRecord[] = [];
  readonly #failures: Failures;
  #queue: RecordQueue | undefined;
  #offset = -1;
  /** Of the record whose call has ended, or whose changes were held back, while they go on. */
  origin: CallOrigin | undefined;
  #isCommitNeeded = false;
  isOpen = false;
  streamTimeMs = -1;
  /** The event time of the record that is being processed. */
  timestampMs = -1;
  /** The time that the host gave when it asked for processing. It belongs to no calendar. */
  nowMs = 0;
  readonly emitIntervalMs: number;
  readonly #shared = new Map<object, unknown>();
  readonly #punctuations: Punctuations;

  constructor({
    topology,
    partition,
    topics,
    stores,
    globals = [],
    topicName,
    deserialization,
    errors,
    emitIntervalMs = 1_000,
    wallTimeMs = 0,
    cacheBudget = new CacheBudget(0),
  }: TaskOptions) {
    this.emitIntervalMs = emitIntervalMs;
    this.#punctuations = new Punctuations(wallTimeMs);
    this.id = taskIdOf(topology.id, partition);
    this.partition = partition;
    this.stores = stores;
    this.#globals = new Set(globals.map(({ spec }) => spec.name));
    this.caches = new TaskCaches(topology, cacheBudget, this);
    for (const store of globals) this.#openStores.set(store.spec.name, openStore(store, this));
    for (const store of stores) {
      this.#openStores.set(store.spec.name, openStore(store, this, this.caches.rowsOf(store)));
    }
    const output = (record: OutputRecord) => void this.#outputs.push(record);
    const dropped = (reason: DropReason) => this.drop(reason);
    const times = { topicName, wallTimeMs: () => this.#punctuations.wallTimeMs };
    const retries = new Retries(topology.sources, times);
    this.#failures = new Failures(errors, { dropped, output, retries });
    const refuse = (error: unknown, node: string, topic: string) =>
      void this.#failures.bear(error, 'production', this.#failedRecord(node, topic));
    const inlets = connectChains(topology, {
      gate: this,
      contextOf: (node) => new NodeContext(this, node),
      sinkOf: (node) => new SinkInlet(node, { gate: this, output, refuse, topicName, refusalOf: errors?.refusalOf }),
    });
    // Operators may emit while they are subscribed only if a record is being processed: so not.
    this.#throwFailure();
    const watcher = { policy: deserialization, dropped, output };
    this.#group = new PartitionGroup(
      makeQueues(topology.sources, { ...times, topics, partition, inlets, watcher, retries }),
    );
  }

  /** How many records wait. */
  get size(): number {
    return this.#group.size;
  }

  /** Whether anything happened since the last commit. */
  get isCommitNeeded(): boolean {
    return this.#isCommitNeeded;
  }

  /** Bytes of store changes that wait for a commit. */
  get uncommittedBytes(): number {
    return this.stores.reduce((sum, { buffer }) => sum + buffer.bytes, 0);
  }

  /** Where the record that is being processed was read; a punctuation has no topic, and the offset -1. */
  get source(): RecordMetadata {
    if (this.origin !== undefined) return this.origin.source;
    if (this.#queue === undefined) return { topic: '', partition: this.partition, offset: -1 };
    return { topic: this.#queue.topic, partition: this.partition, offset: this.#offset };
  }

  /** Goes on with the times of the last commit. */
  resume(topic: string, { partitionTimeMs, nodeTimesMs }: OffsetMetadata): void {
    this.#queueOf(topic).resume(partitionTimeMs);
    this.streamTimeMs = Math.max(this.streamTimeMs, partitionTimeMs);
    for (const [node, timeMs] of nodeTimesMs) {
      const observed = this.observedTime(node);
      observed.ms = Math.max(observed.ms, timeMs);
    }
    this.#punctuations.streamTime.skipTo(this.streamTimeMs);
  }

  /** Adds records of a topic and returns how many of its wait. The arguments are those of {@link RecordQueue.push}. */
  addRecords(topic: string, records: readonly RawRecord[], nextOffset: number, endOffset?: number): number {
    const queue = this.#queueOf(topic);
    queue.push(records, nextOffset, endOffset);
    if (records.length > 0) this.#isCommitNeeded = true;
    return queue.size;
  }

  /** Asks for the lag of each topic that no record of waits: it decides whether the task may go on without. */
  noteLags(lagOf: (topic: string, partition: number) => number | undefined): void {
    for (const queue of this.#group.queues) {
      if (queue.head === undefined) queue.noteLag(lagOf(queue.topic, queue.partition));
    }
  }

  /** How many records of a topic wait. */
  sizeOf(topic: string): number {
    return this.#queueOf(topic).size;
  }

  isReady(nowMs: number, idleMsMax: number): boolean {
    return this.calls.hasResults || (this.calls.takesInput && this.#group.isReady(nowMs, idleMsMax));
  }

  /**
   * Processes up to `recordsMax` records, the oldest first, and returns how many they were.
   *
   * @throws {StreamsError} What ended the task. It must be closed and its stores be thrown away then.
   */
  process(recordsMax: number, nowMs: number, idleMsMax = -1): number {
    let processed = 0;
    this.nowMs = nowMs;
    this.#whileOpen(() => {
      for (; processed < recordsMax && this.isReady(nowMs, idleMsMax); processed += 1) {
        if (this.calls.hasResults) this.#processResult();
        else this.#processNext();
        if (this.#failures.hasFailed) break;
        this.caches.evict();
      }
    });
    return processed;
  }

  /** When the next punctuation by the wall clock is due, or infinity. */
  get wakeUpMs(): number {
    return this.#punctuations.wallClock.nextMs;
  }

  /**
   * Learns what the clock shows, in milliseconds since 1970, and calls the punctuators that are due by it.
   *
   * @throws {StreamsError} What ended the task, as {@link process} does.
   */
  punctuate(wallTimeMs: number): void {
    this.#punctuations.wallTimeMs = wallTimeMs;
    if (this.wakeUpMs > wallTimeMs) return;
    this.#whileOpen(() => this.#punctuate(this.#punctuations.wallClock, wallTimeMs));
  }

  /** Has a node's function called again and again: `Punctuations.schedule` says when. */
  schedule(node: string, ...[times, type, punctuator]: Parameters<Schedule>): Cancellable {
    return this.#punctuations.schedule(times, type, { node, punctuator, streamTimeMs: this.streamTimeMs });
  }

  /** Takes what was written to topics since the last call. */
  takeOutputs(): OutputRecord[] {
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }

  /** Lets the changes go on that caches hold back. What becomes of them is part of the next commit. */
  flush(): void {
    if (this.caches.isHolding) this.#whileOpen(() => this.caches.flush());
  }

  /** What must be written for everything processed so far to be committed. */
  prepareCommit(): TaskCommit {
    this.flush();
    this.#throwFailure();
    assert(this.calls.isIdle, 'a task with calls in flight cannot commit');
    const offsets = progressOf(this.#group.queues, nodeTimesMs(this.#observedTimes));
    const stores = this.stores.map((store) => ({ store, pending: store.buffer.pending() }));
    return { offsets, changelog: new ChangelogRecords(stores, this.partition), stores };
  }

  /** Notes that the last prepared commit has succeeded. */
  committed(): void {
    this.#isCommitNeeded = false;
  }

  drop(reason: DropReason): void {
    this.droppedRecords.set(reason, (this.droppedRecords.get(reason) ?? 0) + 1);
  }

  fail(error: unknown, node: string): boolean {
    if (this.isOpen) return this.#failures.bear(error, 'processing', this.#failedRecord(node));
    this.#failures.end(error, node);
    return false;
  }

  failForGood(error: unknown, node: string): void {
    this.#failures.end(error, node);
  }

  failLate(node: string): void {
    this.#failures.end(new StreamsError('NAGARE_STREAMS_LATE_EMISSION', node), node);
  }

  /** What the nodes of this task that know the same key have in common. */
  shared<T>(key: object, make: () => T): T {
    if (!this.#shared.has(key)) this.#shared.set(key, make());
    return this.#shared.get(key) as T;
  }

  /** A time that is committed with the offsets, by a name. */
  observedTime(node: string): ObservedTime {
    const known = this.#observedTimes.get(node);
    if (known !== undefined) return known;
    const observed = { ms: -1 };
    this.#observedTimes.set(node, observed);
    return observed;
  }

  /** Whether a store holds the rows of a global table. */
  hasGlobal(name: string): boolean {
    return this.#globals.has(name);
  }

  storeOf(name: string): OpenStore {
    const store = this.#openStores.get(name);
    if (store !== undefined) return store;
    throw new StreamsError('NAGARE_STREAMS_STORE_UNKNOWN', name);
  }

  #processNext(): void {
    const queue = this.#group.next() as RecordQueue;
    this.#queue = queue;
    this.#offset = queue.headOffset;
    const record = queue.take();
    this.timestampMs = record.timestamp;
    if (record.timestamp > this.streamTimeMs) this.streamTimeMs = record.timestamp;
    this.#isCommitNeeded = true;
    queue.inlet.next(record);
    const { streamTime } = this.#punctuations;
    if (streamTime.nextMs <= this.streamTimeMs) this.#punctuate(streamTime, this.streamTimeMs);
  }

  /** Lets a result go on as if its record had just been read. What the clocks of nodes have seen meanwhile stays. */
  #processResult(): void {
    const { node, origin, outcome, request, options } = this.calls.takeResult();
    this.origin = origin;
    this.timestampMs = origin.timestampMs;
    this.#isCommitNeeded = true;
    const fail = (error: unknown) =>
      this.#failures.bear(error, 'processing', this.#failedRecord(node), options.onError);
    try {
      if ('error' in outcome) fail(outcome.error);
      else request.finish(outcome.value);
    } catch (error) {
      fail(error);
    }
    this.origin = undefined;
  }

  #punctuate(queue: PunctuationQueue, timeMs: number): void {
    if (this.#failures.hasFailed) return;
    this.#queue = undefined;
    this.#offset = -1;
    this.timestampMs = timeMs;
    this.#isCommitNeeded = true;
    try {
      queue.run(timeMs, (punctuation) => this.#callPunctuator(punctuation, timeMs));
    } catch (error) {
      this.failForGood(error, 'punctuation');
    }
  }

  /** Whether the task can go on. */
  #callPunctuator({ node, punctuator }: Punctuation, timeMs: number): boolean {
    try {
      punctuator(timeMs);
    } catch (error) {
      this.fail(error, node);
    }
    return !this.#failures.hasFailed;
  }

  /** What is known of the record that is being processed, when something fails with it. */
  #failedRecord(node: string, target?: string): FailedRecord {
    return failedRecord(this.#capture(), { taskId: this.id, node, target });
  }

  #capture(): CallOrigin {
    const { source, timestampMs } = this;
    return this.origin ?? { source, raw: this.#queue?.taken, timestampMs };
  }

  #whileOpen(act: () => void): void {
    this.#throwFailure();
    this.isOpen = true;
    try {
      act();
    } finally {
      this.isOpen = false;
    }
    this.#throwFailure();
  }

  #throwFailure(): void {
    this.#failures.throwFirst();
  }

  #queueOf(topic: string): RecordQueue {
    const queue = this.#group.queues.find((each) => each.topic === topic);
    assert(queue !== undefined, `task ${this.id} does not read ${topic}`);
    return queue;
  }
}
