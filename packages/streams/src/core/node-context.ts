import { StreamsError } from '../errors.ts';
import type { DropReason, ObservedTime, OperatorContext } from '../operators/define-operator.ts';
import type { Cancellable, Schedule } from '../operators/punctuation.ts';
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
import { storeKind } from './open-store.ts';
import type { Task } from './task.ts';

/** What one node sees of the task. */
export class NodeContext implements OperatorContext {
  readonly #task: Task;
  readonly #node: ProcessorNode;

  constructor(task: Task, node: ProcessorNode) {
    this.#task = task;
    this.#node = node;
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
    const store: unknown = this.#task.storeOf(this.#granted(name));
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

  /** The store, if it is of the class that was asked for. */
  #store<T>(name: string, kind: abstract new (...parts: never[]) => T): T {
    const store: unknown = this.#task.storeOf(this.#granted(name));
    if (store instanceof kind) return store;
    throw new TypeError(`${name} is ${storeKind(store as Parameters<typeof storeKind>[0])}`);
  }

  #granted(name: string): string {
    if (this.#node.stores.includes(name) || this.#task.hasGlobal(name)) return name;
    throw new StreamsError('NAGARE_STREAMS_STORE_UNKNOWN', `${this.#node.name} was not given ${name}`);
  }
}
