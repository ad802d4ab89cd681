/** A value with the event time of what it is made of. */
export interface Timestamped<V> {
  readonly value: V;
  readonly timestamp: number;
}

/**
 * One value for each key. It answers at once; what is written is part of the task's next commit.
 *
 * Keys are compared by their bytes.
 */
export interface KeyValueStore<K, V> {
  get(key: K): V | undefined;
  getWithTimestamp(key: K): Timestamped<V> | undefined;
  /** Sets a key's value. Without a timestamp it has that of the record that is being processed. */
  put(key: K, value: V, timestamp?: number): void;
  /** Removes a key. Without a timestamp the removal has that of the record that is being processed. */
  delete(key: K, timestamp?: number): void;
  /**
   * Keys from `from` to `to`, both included, in the order of their bytes.
   *
   * @throws {StreamsError} `NAGARE_STREAMS_STORE_NOT_ORDERED` unless the store was made with `ranges`.
   */
  range(from: K, to: K): Iterable<readonly [key: K, value: V]>;
  /** All keys in the order of their bytes. @throws as {@link range}. */
  all(): Iterable<readonly [key: K, value: V]>;
}

/** One value for each key and start of a window, kept for as long as the store's retention. */
export interface WindowStore<K, V> {
  /** The value, unless the window has left the retention. */
  fetch(key: K, windowStart: number): Timestamped<V> | undefined;
  /** Sets a value, or removes it with null. Does nothing when the window has left the retention. */
  put(key: K, value: V | null, windowStart: number, timestamp: number): void;
}
