import { assert } from '@nagare/base';
import type { Observable } from '../rx.ts';
import type { Timestamped, WindowRow } from '../state/store.ts';
import type { Lens, LensRow, ScanOptions, WindowChange } from './lens.ts';

/** Reads a window store, wherever its partitions are: what `KeyValueQuery` says of answers holds here too. */
export class WindowQuery<K, V> {
  readonly #lens: Lens<K, V>;

  /** @internal */
  constructor(lens: Lens<K, V>) {
    this.#lens = lens;
  }

  /** The value of the window that starts at a time, unless it has left the retention. */
  fetch(key: K, windowStart: number): Promise<Timestamped<V> | undefined>;
  /**
   * The windows of a key that start from `from` to `to`, both included, the earliest first.
   *
   * @throws {StreamsError} `NAGARE_STREAMS_STORE_NOT_ORDERED` unless the store was made with `ranges`.
   */
  fetch(key: K, from: number, to: number, options?: ScanOptions): AsyncIterable<WindowRow<K, V>>;
  fetch(
    key: K,
    from: number,
    to?: number,
    options: ScanOptions = {},
  ): Promise<Timestamped<V> | undefined> | AsyncIterable<WindowRow<K, V>> {
    return to === undefined ? this.#one(key, from) : this.#ofKey(key, { from, to }, options);
  }

  /** The windows of all keys that start from `from` to `to`, both included, by partition, then in the order of the store. */
  async *fetchAll(from: number, to: number, options: ScanOptions = {}): AsyncIterable<WindowRow<K, V>> {
    const rows = this.#lens.scan(options, (after, limit) => ({ kind: 'all-windows', from, to, after, limit }));
    for await (const row of rows) yield windowRow(row);
  }

  /** What changes in the partitions of this process from now on. See `KeyValueQuery.changes`. */
  changes(key?: K): Observable<WindowChange<K, V>> {
    return this.#lens.changes(key, withWindow);
  }

  async #one(key: K, start: number): Promise<Timestamped<V> | undefined> {
    const bytes = this.#lens.keyBytes(key);
    const row = await this.#lens.one(bytes, { kind: 'window', key: bytes, start });
    return row && { value: row.value, timestamp: row.timestamp };
  }

  async *#ofKey(
    key: K,
    { from, to }: { readonly from: number; readonly to: number },
    options: ScanOptions,
  ): AsyncIterable<WindowRow<K, V>> {
    const bytes = this.#lens.keyBytes(key);
    const rows = this.#lens.scan({ ...options, key: bytes }, (after, limit) => {
      return { kind: 'windows', key: bytes, from, to, after, limit };
    });
    for await (const row of rows) yield windowRow(row);
  }
}

/** A row of a store whose rows have windows. */
export function windowRow<K, V>({ key, value, timestamp, window }: LensRow<K, V>): WindowRow<K, V> {
  assert(window !== undefined, 'a row of a window store has a window');
  return { key, window, value, timestamp };
}

/** A change of a store whose rows have windows. */
export function withWindow<K, V>(
  change: Omit<WindowChange<K, V>, 'window'>,
  window: WindowChange<K, V>['window'] | undefined,
): WindowChange<K, V> {
  assert(window !== undefined, 'a change of a window store has a window');
  return { ...change, window };
}
