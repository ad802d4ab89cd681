import type { Window } from '@nagare/serdes';
import type { VersionPut } from './versioned-rows.ts';

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

/** A row of a versioned store: its value, since when it was the row of its key, and until when. */
export interface VersionedRecord<V> extends Timestamped<V> {
  /** The time of the next row or of the deletion; undefined for the row that the key has now. */
  readonly validTo: number | undefined;
}

/**
 * The row of each key, as it is and as it was, for as long as the store's history (KIP-889).
 *
 * Rows may come out of order. Keys are compared by their bytes.
 */
export interface VersionedKeyValueStore<K, V> {
  /** The row of a key now, or as of a time. As of a time before the history it is only found if it is the row of now. */
  get(key: K, asOfTimestamp?: number): VersionedRecord<V> | undefined;
  /** The rows that a key had at some time from `from` to `to`, both included, the earliest first (KIP-968). Default: all of the history. */
  versions(key: K, from?: number, to?: number): Iterable<VersionedRecord<V>>;
  /**
   * Sets the row of a key from a time on, up to its next row if that is known already. Null deletes it.
   *
   * @returns What became of it. One that is older than the history is refused, and counted as a record dropped `late`.
   */
  put(key: K, value: V | null, timestamp: number): VersionPut;
  /** Deletes the row of a key from a time on, and gives the row of that time. Refused like {@link put}: then undefined. */
  delete(key: K, timestamp: number): VersionedRecord<V> | undefined;
}

/** The rows of a table, versioned or not. */
export interface TableStore<K, V> {
  getWithTimestamp(key: K): Timestamped<V> | undefined;
  /**
   * Sets a row or, with null, deletes it, and says what became of it. Without versions every row is the latest.
   *
   * @param recordTimestamp - That of the record that is being processed, which the changelog has for a deletion. Default: `timestamp`.
   */
  set(key: K, value: V | null, timestamp: number, recordTimestamp?: number): VersionPut;
}

/** A value in a window store or session store, with its key and window. */
export interface WindowRow<K, V> extends Timestamped<V> {
  readonly key: K;
  readonly window: Window;
}

/**
 * Values by key and start of a window, kept for as long as the store's retention.
 *
 * Ranges are read as they stand when they are asked for, and need a store that was made with `ranges`; without, they
 * throw a {@link StreamsError} `NAGARE_STREAMS_STORE_NOT_ORDERED`.
 */
export interface WindowStore<K, V> {
  /** The value of one window, unless it has left the retention. */
  fetch(key: K, windowStart: number): Timestamped<V> | undefined;
  /** The windows of a key that start from `from` to `to`, both included, the earliest first. */
  fetch(key: K, from: number, to: number): Iterable<WindowRow<K, V>>;
  /** What `fetch` gives, the latest first. */
  backwardFetch(key: K, from: number, to: number): Iterable<WindowRow<K, V>>;
  /** The windows of all keys that start from `from` to `to`, both included. The order is that of segments, key bytes and starts. */
  fetchAll(from: number, to: number): Iterable<WindowRow<K, V>>;
  /** What `fetchAll` gives, in reverse. */
  backwardFetchAll(from: number, to: number): Iterable<WindowRow<K, V>>;
  /** Sets a value, or removes it with null. Does nothing when the window's segment has left the retention. */
  put(key: K, value: V | null, windowStart: number, timestamp: number): void;
}

/** Values by key and session, from its first to its last record, kept for as long as the store's retention. */
export interface SessionStore<K, V> {
  /** The value of exactly this session. */
  fetchSession(key: K, start: number, end: number): V | undefined;
  /** The sessions of a key that end at `earliestEnd` or later and start at `latestStart` or earlier, the earliest end first. */
  findSessions(key: K, earliestEnd: number, latestStart: number): Iterable<WindowRow<K, V>>;
  /** What `findSessions` gives, in reverse. */
  backwardFindSessions(key: K, earliestEnd: number, latestStart: number): Iterable<WindowRow<K, V>>;
  /** The sessions of all keys that end from `earliestEnd` to `latestEnd`, both included, by end, start and key bytes. */
  findEnded(earliestEnd: number, latestEnd: number): Iterable<WindowRow<K, V>>;
  put(key: K, value: V, start: number, end: number): void;
  remove(key: K, start: number, end: number): void;
}

/** Bytes by key in their order, for operators that make their own. */
export interface OperatorStore {
  /** The topic that serdes are told: the changelog. */
  readonly topic: string;
  get(key: Buffer): Buffer | undefined;
  /** Sets a value, or removes it with null. Without a timestamp it has that of the record that is being processed. */
  put(key: Buffer, value: Buffer | null, timestamp?: number): void;
  /** Keys from `from` to `to`, both included; undefined leaves a side open. What it gives may be changed meanwhile. */
  range(from?: Buffer, to?: Buffer): Iterable<readonly [key: Buffer, value: Buffer]>;
}
