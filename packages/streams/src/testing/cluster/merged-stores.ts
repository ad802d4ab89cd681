import type {
  KeyValueStore,
  SessionStore,
  Timestamped,
  VersionedKeyValueStore,
  VersionedRecord,
  WindowRow,
  WindowStore,
} from '../../state/store.ts';

/** A key-value store of all partitions, to be read. */
export type ReadOnlyKeyValueStore<K, V> = Omit<KeyValueStore<K, V>, 'put' | 'delete'>;
/** A versioned key-value store of all partitions, to be read. */
export type ReadOnlyVersionedKeyValueStore<K, V> = Omit<VersionedKeyValueStore<K, V>, 'put' | 'delete'>;
/** A window store of all partitions, to be read. */
export type ReadOnlyWindowStore<K, V> = Omit<WindowStore<K, V>, 'put'>;
/** A session store of all partitions, to be read. */
export type ReadOnlySessionStore<K, V> = Omit<SessionStore<K, V>, 'put' | 'remove'>;

/** The stores of one name, in the order of their partitions: a key is in one of them, and what has an order has it in each. */
type Stores<S> = () => readonly S[];

function firstOf<S, R>(stores: Stores<S>, ask: (store: S) => R | undefined): R | undefined {
  for (const store of stores()) {
    const answer = ask(store);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

function* eachOf<S, R>(stores: Stores<S>, ask: (store: S) => Iterable<R>): Iterable<R> {
  for (const store of stores()) yield* ask(store);
}

export function mergedKeyValueStore<K, V>(stores: Stores<KeyValueStore<K, V>>): ReadOnlyKeyValueStore<K, V> {
  return {
    get: (key) => firstOf(stores, (store) => store.get(key)),
    getWithTimestamp: (key) => firstOf(stores, (store) => store.getWithTimestamp(key)),
    range: (from, to) => eachOf(stores, (store) => store.range(from, to)),
    all: () => eachOf(stores, (store) => store.all()),
  };
}

export function mergedVersionedStore<K, V>(
  stores: Stores<VersionedKeyValueStore<K, V>>,
): ReadOnlyVersionedKeyValueStore<K, V> {
  return {
    get: (key, asOf): VersionedRecord<V> | undefined => firstOf(stores, (store) => store.get(key, asOf)),
    versions: (key, from, to) => eachOf(stores, (store) => store.versions(key, from, to)),
  };
}

class MergedWindowStore<K, V> implements ReadOnlyWindowStore<K, V> {
  readonly #stores: Stores<WindowStore<K, V>>;

  constructor(stores: Stores<WindowStore<K, V>>) {
    this.#stores = stores;
  }

  fetch(key: K, windowStart: number): Timestamped<V> | undefined;
  fetch(key: K, from: number, to: number): Iterable<WindowRow<K, V>>;
  fetch(key: K, from: number, to?: number): Timestamped<V> | undefined | Iterable<WindowRow<K, V>> {
    if (to === undefined) return firstOf(this.#stores, (store) => store.fetch(key, from));
    return eachOf(this.#stores, (store) => store.fetch(key, from, to));
  }

  backwardFetch(key: K, from: number, to: number): Iterable<WindowRow<K, V>> {
    return eachOf(this.#stores, (store) => store.backwardFetch(key, from, to));
  }

  fetchAll(from: number, to: number): Iterable<WindowRow<K, V>> {
    return eachOf(this.#stores, (store) => store.fetchAll(from, to));
  }

  backwardFetchAll(from: number, to: number): Iterable<WindowRow<K, V>> {
    return eachOf(this.#stores, (store) => store.backwardFetchAll(from, to));
  }
}

export function mergedWindowStore<K, V>(stores: Stores<WindowStore<K, V>>): ReadOnlyWindowStore<K, V> {
  return new MergedWindowStore(stores);
}

export function mergedSessionStore<K, V>(stores: Stores<SessionStore<K, V>>): ReadOnlySessionStore<K, V> {
  return {
    fetchSession: (key, start, end) => firstOf(stores, (store) => store.fetchSession(key, start, end)),
    findSessions: (key, earliestEnd, latestStart) =>
      eachOf(stores, (store) => store.findSessions(key, earliestEnd, latestStart)),
    backwardFindSessions: (key, earliestEnd, latestStart) =>
      eachOf(stores, (store) => store.backwardFindSessions(key, earliestEnd, latestStart)),
    findEnded: (earliestEnd, latestEnd) => eachOf(stores, (store) => store.findEnded(earliestEnd, latestEnd)),
  };
}
