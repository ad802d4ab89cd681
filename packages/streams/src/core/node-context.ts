import { StreamsError } from '../errors.ts';
import type { AsyncLane, AsyncLaneOptions } from '../operators/async-lane.ts';
import type { DropReason, Holder, HoldOptions, ObservedTime, OperatorContext } from '../operators/define-operator.ts';
import type { Cancellable, Schedule } from '../operators/punctuation.ts';
import type { ExpiringRows } from '../operators/row-expiry.ts';
import type { RecordMetadata } from '../record.ts';
import { TimestampedKeyValueStore } from '../state/key-value-store.ts';
import { BytesStore } from '../state/operator-store.ts';
import { SegmentedSessionStore } from '../state/session-store.ts';
import type {
  KeyValueStore,
  OperatorStore,
  SessionStore,
  TableStore,
  VersionedKeyValueStore,
  WindowStore,
} from '../state/store.ts';
import { VersionedStore } from '../state/versioned-store.ts';
import { SegmentedWindowStore } from '../state/window-store.ts';
import type { ProcessorNode } from '../topology/topology.ts';
import { type OpenStore, storeKind } from './open-store.ts';
import type { Task } from './task.ts';

/** What one node sees of the task. */
export class NodeContext implements OperatorContext {
  readonly #task: Task;
  readonly #node: ProcessorNode;
  readonly #isTold: boolean;

  /** @param isTold - Whether it sees rows as those behind caches have heard of them. */
  constructor(task: Task, node: ProcessorNode, isTold = false) {
    this.#task = task;
    this.#node = node;
    this.#isTold = isTold;
  }

  get taskId(): string {
    return this.#task.id;
  }

  get source(): RecordMetadata {
    return this.#task.source;
  }

  get streamTimeMs(): number {
    return this.#task.streamTimeMs;
  }

  get nowMs(): number {
    return this.#task.nowMs;
  }

  get emitIntervalMs(): number {
    return this.#task.emitIntervalMs;
  }

  get observedTime(): ObservedTime {
    return this.#task.observedTime(`node:${this.#node.name}`);
  }

  /** Kafka Streams commits this time alone, by the bare name of the store, so all others have a prefix that no name can have. */
  emittedTime(store: string): ObservedTime {
    return this.#task.observedTime(store);
  }

  schedule(...asked: Parameters<Schedule>): Cancellable {
    return this.#task.schedule(this.#node.name, ...asked);
  }

  expiringRows<K>(name: string): ExpiringRows<K> | undefined {
    const store: unknown = this.#task.storeOf(this.#granted(name));
    if (!(store instanceof TimestampedKeyValueStore) || store.ttlMs === undefined) return undefined;
    const { ttlMs } = store;
    const rows = store as TimestampedKeyValueStore<K, unknown>;
    const observed = this.#task.observedTime(`store:${name}`);
    return { ttlMs, observed, textOf: (key) => rows.textOf(key), times: () => rows.times() };
  }

  asyncLane(options: AsyncLaneOptions): AsyncLane {
    return this.#task.calls.lane(this.#node.name, options);
  }

  drop(reason: DropReason): void {
    this.#task.drop(reason);
  }

  shared<T>(key: object, make: () => T): T {
    return this.#task.shared(key, make);
  }

  keyValueStore<K, V>(name: string): KeyValueStore<K, V> {
    return this.#store(name, TimestampedKeyValueStore) as unknown as KeyValueStore<K, V>;
  }

  versionedStore<K, V>(name: string): VersionedKeyValueStore<K, V> {
    return this.#store(name, VersionedStore) as unknown as VersionedKeyValueStore<K, V>;
  }

  tableStore<K, V>(name: string): TableStore<K, V> {
    const store: unknown = this.#storeOf(name);
    return (store instanceof VersionedStore ? store : this.#store(name, TimestampedKeyValueStore)) as TableStore<K, V>;
  }

  windowStore<K, V>(name: string): WindowStore<K, V> {
    return this.#store(name, SegmentedWindowStore) as unknown as WindowStore<K, V>;
  }

  sessionStore<K, V>(name: string): SessionStore<K, V> {
    return this.#store(name, SegmentedSessionStore) as unknown as SessionStore<K, V>;
  }

  bytesStore(name: string): OperatorStore {
    return this.#store(name, BytesStore);
  }

  hold<K, V>(options: HoldOptions<K, V>): Holder | undefined {
    return this.#task.caches.hold(this.#node.name, this.#task.storeOf(this.#granted(options.name)), options);
  }

  flush(): void {
    this.#task.caches.flush();
  }

  get told(): OperatorContext {
    return new NodeContext(this.#task, this.#node, true);
  }

  /** The store, if it is of the class that was asked for. */
  #store<T>(name: string, kind: abstract new (...parts: never[]) => T): T {
    const store: unknown = this.#storeOf(name);
    if (store instanceof kind) return store;
    throw new TypeError(`${name} is ${storeKind(store as Parameters<typeof storeKind>[0])}`);
  }

  #storeOf(name: string): OpenStore {
    const told = this.#isTold ? this.#task.caches.told(this.#granted(name)) : undefined;
    return told ?? this.#task.storeOf(this.#granted(name));
  }

  #granted(name: string): string {
    if (this.#node.stores.includes(name) || this.#task.hasGlobal(name)) return name;
    throw new StreamsError('NAGARE_STREAMS_STORE_UNKNOWN', `${this.#node.name} was not given ${name}`);
  }
}
