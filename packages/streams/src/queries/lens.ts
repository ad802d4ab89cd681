import { partitionForKey } from '@nagare/client';
import type { Serde, Window } from '@nagare/serdes';
import { filter, map, type Observable } from '../rx.ts';
import { sessionKeyOf, sessionOf } from '../state/session-key.ts';
import { windowKeyOf, windowOf } from '../state/window-key.ts';
import type { Ask, Page, RawRow } from './ask.ts';
import type { ChangeFeeds, RawChange } from './changes.ts';
import type { LocalStores, QueryableStore } from './local-stores.ts';
import type { Reach, Router } from './router.ts';

/** How many rows of a result may be read. */
export interface ScanOptions {
  /** Rows to read at most. Default: all. */
  readonly limit?: number;
}

/** A change of a store: the key's value now, or null when it was removed. */
export interface StoreChange<K, V> {
  readonly key: K;
  readonly value: V | null;
  /** The event time of the change. */
  readonly timestamp: number;
}

/** A change of a window or session. */
export interface WindowChange<K, V> extends StoreChange<K, V> {
  readonly window: Window;
}

const pageRows = 500;

export interface LensParts {
  readonly store: QueryableStore;
  readonly stores: LocalStores;
  readonly router: Router;
  readonly feeds: ChangeFeeds;
  readonly reach: Reach;
}

/** A row as its serdes read it, and where it stands. */
export interface LensRow<K, V> {
  readonly key: K;
  readonly value: V;
  readonly timestamp: number;
  readonly window: Window | undefined;
  readonly validTo: number | undefined;
}

/** Where a scan goes on: a partition, and the row there behind which it does. */
export interface ScanPlace {
  readonly partition: number;
  readonly after: Buffer | undefined;
}

/** Reads one store by keys and values: it finds the partition of a key, and writes and reads bytes. */
export class Lens<K, V> {
  readonly #parts: LensParts;
  readonly #key: Serde<K>;
  readonly #value: Serde<V>;

  constructor(parts: LensParts) {
    this.#parts = parts;
    this.#key = parts.store.spec.key as Serde<K>;
    this.#value = parts.store.spec.value as Serde<V>;
  }

  /** @throws {TypeError} For null. */
  keyBytes(key: K): Buffer {
    const { spec, topic } = this.#parts.store;
    const bytes = this.#key.serialize(topic, key);
    if (bytes === null) throw new TypeError(`The store ${spec.name} has no place for the key null`);
    return bytes;
  }

  /** The partition that a producer puts the key into. */
  partitionOf(key: Buffer): number {
    const { store, stores } = this.#parts;
    const part = store.spec.key.partitionPart?.(key) ?? key;
    return partitionForKey(part, Math.max(1, stores.partitionCount(store)));
  }

  /** Asks about a key, wherever it is. */
  async one(key: Buffer, ask: Ask): Promise<LensRow<K, V> | undefined> {
    const [row] = (await this.#ask(this.partitionOf(key), ask)).rows;
    return row === undefined ? undefined : this.#read(row);
  }

  /** All rows that answer a question about a key. */
  async some(key: Buffer, ask: Ask): Promise<LensRow<K, V>[]> {
    return (await this.#ask(this.partitionOf(key), ask)).rows.map((row) => this.#read(row));
  }

  /** Rows of all partitions, or of that of a key, one page after the other. */
  async *scan(
    { key, limit = Number.POSITIVE_INFINITY }: ScanOptions & { readonly key?: Buffer },
    askFor: (after: Buffer | undefined, limit: number) => Ask,
  ): AsyncIterable<LensRow<K, V>> {
    checkLimit(limit);
    let place: ScanPlace | undefined;
    for (let left = limit; left > 0; ) {
      const page = await this.page({ key, place, limit: Math.min(left, pageRows) }, askFor);
      yield* page.rows;
      left -= page.rows.length;
      if (page.next === undefined) return;
      place = page.next;
    }
  }

  /** One page of a scan, from the partition that it has come to. A page may be empty although there are more. */
  async page(
    at: { readonly key?: Buffer | undefined; readonly place?: ScanPlace | undefined; readonly limit: number },
    askFor: (after: Buffer | undefined, limit: number) => Ask,
  ): Promise<{ readonly rows: LensRow<K, V>[]; readonly next: ScanPlace | undefined }> {
    const partitions = at.key === undefined ? this.partitions() : [this.partitionOf(at.key)];
    const partition = at.place?.partition ?? partitions[0];
    if (partition === undefined) return { rows: [], next: undefined };
    const page = await this.#ask(partition, askFor(at.place?.after, at.limit));
    const following = partitions.find((each) => each > partition);
    const behind = following === undefined ? undefined : { partition: following, after: undefined };
    const next = page.next === undefined ? behind : { partition, after: page.next };
    return { rows: page.rows.map((row) => this.#read(row)), next };
  }

  /** Adds up what all partitions count. */
  async count(): Promise<number> {
    let sum = 0;
    for (const partition of this.partitions()) sum += (await this.#ask(partition, { kind: 'count' })).count ?? 0;
    return sum;
  }

  partitions(): readonly number[] {
    const { router, store, reach } = this.#parts;
    return router.partitionsOf(store, reach);
  }

  /** The changes of a key, or of all. */
  changes<C>(key: K | undefined, make: (change: StoreChange<K, V>, window: Window | undefined) => C): Observable<C> {
    const { feeds, store } = this.#parts;
    const only = key === undefined ? undefined : this.keyBytes(key);
    const isWanted = (change: RawChange) => only === undefined || this.#placeOf(change).key.equals(only);
    return feeds.changesOf(store).pipe(
      filter(isWanted),
      map((change) => {
        const { topic } = store;
        const { key: bytes, window } = this.#placeOf(change);
        const { value, timestamp } = change;
        const read = { key: this.#key.deserialize(topic, bytes) as K, value: this.#value.deserialize(topic, value) };
        return make({ ...read, timestamp }, window);
      }),
    );
  }

  /** Key and window of a key of the changelog. */
  #placeOf({ key }: RawChange): { readonly key: Buffer; readonly window: Window | undefined } {
    const { spec } = this.#parts.store;
    switch (spec.kind) {
      case 'key-value':
      case 'versioned':
        return { key, window: undefined };
      case 'window':
        return { key: windowKeyOf(key), window: windowOf(key, spec.windowSizeMs) };
      case 'session':
        return { key: sessionKeyOf(key), window: sessionOf(key) };
    }
  }

  #ask(partition: number, ask: Ask): Promise<Page> {
    const { router, store, reach } = this.#parts;
    return router.ask(store, partition, ask, reach);
  }

  #read({ key, value, timestamp, window, validTo }: RawRow): LensRow<K, V> {
    const { topic } = this.#parts.store;
    return {
      key: this.#key.deserialize(topic, key) as K,
      value: this.#value.deserialize(topic, value) as V,
      timestamp,
      window,
      validTo,
    };
  }
}

function checkLimit(limit: number): void {
  if (limit === Number.POSITIVE_INFINITY || (Number.isSafeInteger(limit) && limit >= 0)) return;
  throw new RangeError(`limit must be a whole number of 0 or more, got ${limit}`);
}
