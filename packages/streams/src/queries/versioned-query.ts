import type { Observable } from '../rx.ts';
import type { VersionedRecord } from '../state/store.ts';
import type { Lens, LensRow, StoreChange } from './lens.ts';

/** Reads a versioned store, wherever its partitions are: what `KeyValueQuery` says of answers holds here too. */
export class VersionedQuery<K, V> {
  readonly #lens: Lens<K, V>;

  /** @internal */
  constructor(lens: Lens<K, V>) {
    this.#lens = lens;
  }

  /** The row of a key now, or as of a time. As of a time before the history it is only found if it is the row of now. */
  async get(key: K, asOf?: number): Promise<VersionedRecord<V> | undefined> {
    const bytes = this.#lens.keyBytes(key);
    const row = await this.#lens.one(bytes, { kind: 'version', key: bytes, asOf });
    return row && recordOf(row);
  }

  /** The rows that a key had at some time from `from` to `to`, both included, the earliest first. Default: all of the history. */
  async versions(key: K, from = 0, to = Number.MAX_SAFE_INTEGER): Promise<VersionedRecord<V>[]> {
    const bytes = this.#lens.keyBytes(key);
    return (await this.#lens.some(bytes, { kind: 'versions', key: bytes, from, to })).map(recordOf);
  }

  /** What is put into the partitions of this process from now on, in its order. See `KeyValueQuery.changes`. */
  changes(key?: K): Observable<StoreChange<K, V>> {
    return this.#lens.changes(key, (change) => change);
  }
}

function recordOf<K, V>({ value, timestamp, validTo }: LensRow<K, V>): VersionedRecord<V> {
  return { value, timestamp, validTo };
}
