import { Change } from '../change.ts';
import type { HoldOptions } from '../operators/define-operator.ts';
import { type RecordMetadata, StreamRecord } from '../record.ts';
import { type CacheBudget, StoreCache, type Teller } from '../state/cache.ts';
import { isCached } from '../state/store-spec.ts';
import type { RowBytes } from '../state/write-buffer.ts';
import type { SubTopology } from '../topology/topology.ts';
import type { CallOrigin } from './async-calls.ts';
import { type OpenStore, openStore, type StoreOwner } from './open-store.ts';
import type { TaskStore } from './task.ts';

/** What caches need of their task. */
export interface CacheOwner extends Omit<StoreOwner, 'timestampMs'> {
  readonly source: RecordMetadata;
  timestampMs: number;
  /** What is taken for the record that is being processed. */
  origin: CallOrigin | undefined;
  failForGood(error: unknown, node: string): void;
}

/** A cache, and the place of its table in the order of nodes. */
interface Placed {
  readonly cache: StoreCache;
  readonly store: TaskStore;
  at: number;
}

/** The record caches of a task: one for each table whose changes wait until the next commit, or until there is no room. */
export class TaskCaches {
  readonly #owner: CacheOwner;
  readonly #budget: CacheBudget;
  readonly #nodes: readonly string[];
  readonly #caches = new Map<string, Placed>();

  constructor({ processors }: SubTopology, budget: CacheBudget, owner: CacheOwner) {
    this.#owner = owner;
    this.#budget = budget;
    this.#nodes = processors.map(({ name }) => name);
  }

  /** The bytes of a store, through a cache if it is to have one. */
  rowsOf(store: TaskStore): RowBytes {
    const { spec, buffer } = store;
    if (this.#budget.bytesMax === 0 || !isCached(spec)) return buffer;
    const cache = new StoreCache(buffer, this.#budget, this.#owner);
    this.#caches.set(spec.name, { cache, store, at: -1 });
    return cache;
  }

  /**
   * Has changes of a store held back for the node that keeps its rows; undefined when the store has no cache.
   *
   * Of several nodes with one store the last one goes on with the changes of all: they have the same children.
   */
  hold<K, V>(node: string, store: OpenStore, { name, sent, emit }: HoldOptions<K, V>): StoreCache | undefined {
    const placed = this.#caches.get(name);
    if (placed === undefined || !('keyIn' in store)) return undefined;
    placed.at = Math.max(placed.at, this.#nodes.indexOf(node));
    const valueIn = (stored: Buffer | undefined) => (stored === undefined ? null : (store.valueIn(stored) as V));
    const tell: Teller['tell'] = (key, { now, before }, { source, timestamp, headers }) => {
      const { origin, timestampMs } = this.#owner;
      this.#owner.origin = { source, raw: undefined, timestampMs: timestamp };
      this.#owner.timestampMs = timestamp;
      try {
        const change = new Change(valueIn(now), valueIn(before));
        emit(new StreamRecord(store.keyIn(key) as K, change, store.timeIn(key) ?? timestamp, headers));
      } catch (error) {
        this.#owner.failForGood(error, node);
      }
      this.#owner.origin = origin;
      this.#owner.timestampMs = timestampMs;
    };
    placed.cache.tellTo({ hearsBefore: sent.areSent, tell });
    return placed.cache;
  }

  /** A store as those downstream have heard of its rows; undefined when it has no cache, and they have heard all. */
  told(name: string): OpenStore | undefined {
    const placed = this.#caches.get(name);
    return placed && openStore(placed.store, this.#owner, placed.cache.told);
  }

  /** Whether changes are held back. */
  get isHolding(): boolean {
    for (const { cache } of this.#caches.values()) if (cache.size > 0) return true;
    return false;
  }

  /**
   * Tells of all that is held. A table comes after those that it is made of, so one round tells of everything; only what
   * processors have put into tables further up waits for the next commit.
   */
  flush(): void {
    for (const { cache } of this.#inOrder()) cache.tellAll();
  }

  /** Makes room: the largest cache gives what was changed longest ago, until all take no more than they may. */
  evict(): void {
    while (this.#budget.isOver) {
      let largest: StoreCache | undefined;
      for (const { cache } of this.#caches.values()) if (cache.bytes > (largest?.bytes ?? 0)) largest = cache;
      if (largest === undefined) return;
      largest.tellFirst();
    }
  }

  /** Forgets what is held: the task ends without a commit. */
  clear(): void {
    for (const { cache } of this.#caches.values()) cache.clear();
  }

  #inOrder(): Placed[] {
    return [...this.#caches.values()].sort((a, b) => a.at - b.at);
  }
}
