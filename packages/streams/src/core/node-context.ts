import { StreamsError } from '../errors.ts';
import type { DropReason, ObservedTime, OperatorContext } from '../operators/define-operator.ts';
import type { RecordMetadata } from '../record.ts';
import { TimestampedKeyValueStore } from '../state/key-value-store.ts';
import { BytesStore } from '../state/operator-store.ts';
import { SegmentedSessionStore } from '../state/session-store.ts';
import type { KeyValueStore, OperatorStore, SessionStore, WindowStore } from '../state/store.ts';
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
    return this.#task.observedTime(this.#node.name);
  }

  get emittedTime(): ObservedTime {
    return this.#task.observedTime(`emitted:${this.#node.name}`);
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
