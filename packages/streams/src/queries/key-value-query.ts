import type { Observable } from '../rx.ts';
import type { Timestamped } from '../state/store.ts';
import type { Ask } from './ask.ts';
import type { Lens, LensRow, ScanOptions, StoreChange } from './lens.ts';

/** A row of a store, with its key. */
export interface Row<K, V> extends Timestamped<V> {
  readonly key: K;
}

/**
 * Reads a key-value store, wherever its partitions are.
 *
 * It shows what tasks have processed, committed or not, as the tasks themselves see it. Each answer is of one moment between two
 * records; rows of a range come in pages, each of its own moment.
 */
export class KeyValueQuery<K, V> {
  readonly #lens: Lens<K, V>;

  /** @internal */
  constructor(lens: Lens<K, V>) {
    this.#lens = lens;
  }

  /** The value of a key. */
  async get(key: K): Promise<V | undefined> {
    return (await this.getWithTimestamp(key))?.value;
  }

  async getWithTimestamp(key: K): Promise<Timestamped<V> | undefined> {
    const bytes = this.#lens.keyBytes(key);
    const row = await this.#lens.one(bytes, { kind: 'get', key: bytes });
    return row && { value: row.value, timestamp: row.timestamp };
  }

  /**
   * Rows from key `from` to key `to`, both included, by partition and there by the bytes of the keys; undefined leaves a side open.
   *
   * @throws {StreamsError} `NAGARE_STREAMS_STORE_NOT_ORDERED` unless the store was made with `ranges`.
   */
  async *range(from: K | undefined, to: K | undefined, options: ScanOptions = {}): AsyncIterable<Row<K, V>> {
    for await (const row of this.#lens.scan(options, rangeAsk(this.#lens, from, to))) yield plainRow(row);
  }

  /** All rows, as {@link range} gives them. */
  all(options: ScanOptions = {}): AsyncIterable<Row<K, V>> {
    return this.range(undefined, undefined, options);
  }

  /**
   * About how many rows there are: those that have changed since the last commit count twice.
   *
   * @throws {StreamsError} `NAGARE_STREAMS_STORE_NOT_ORDERED` for a store on disk that was made without `ranges`.
   */
  approximateCount(): Promise<number> {
    return this.#lens.count();
  }

  /**
   * What changes from now on in the partitions that this process has: under `exactly_once_v2` when it is committed, the last
   * change of each key; otherwise when it is processed, every change. After a failure changes may be told again. It
   * completes when the application ends.
   *
   * @param key - The only key to tell of. Default: all.
   */
  changes(key?: K): Observable<StoreChange<K, V>> {
    return this.#lens.changes(key, (change) => change);
  }
}

/** Asks for the rows between two keys. */
export function rangeAsk<K, V>(lens: Lens<K, V>, from: K | undefined, to: K | undefined) {
  const bytes = {
    from: from === undefined ? undefined : lens.keyBytes(from),
    to: to === undefined ? undefined : lens.keyBytes(to),
  };
  return (after: Buffer | undefined, limit: number): Ask => ({ kind: 'range', ...bytes, after, limit });
}

export function plainRow<K, V>({ key, value, timestamp }: LensRow<K, V>): Row<K, V> {
  return { key, value, timestamp };
}
