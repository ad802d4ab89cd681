import type { Serde } from '@nagare/serdes';
import { type Duration, durationMs } from '../duration.ts';
import type { Header } from '../record.ts';
import { checkName } from '../topology/names.ts';
import type { TopicConfig } from '../topology/topic-configs.ts';

interface StoreSpecBase<K, V> {
  readonly name: string;
  readonly key: Serde<K>;
  readonly value: Serde<V>;
  /** Whether a changelog topic backs the store. Without one its content is lost with the task's directory. */
  readonly logged: boolean;
  /** Settings of the changelog topic that differ from the usual ones. */
  readonly topicConfig: TopicConfig;
  /** Whether the changes of a table that is kept in the store wait in the record cache. Default: false. */
  readonly cached?: boolean;
}

export interface KeyValueStoreSpec<K = unknown, V = unknown> extends StoreSpecBase<K, V> {
  readonly kind: 'key-value';
  /** Whether `range` and `all` work; it keeps the store's keys in memory. */
  readonly ranges: boolean;
  /** How long a row stays behind the time of its last change. Default: for ever. */
  readonly ttlMs?: number;
}

export interface WindowStoreSpec<K = unknown, V = unknown> extends StoreSpecBase<K, V> {
  readonly kind: 'window';
  readonly retentionMs: number;
  readonly windowSizeMs: number;
  /** Whether each put adds a value, also where the key has one with that start. */
  readonly retainDuplicates: boolean;
  /** Whether a value is kept with its timestamp. Without it, its timestamp is the window's start. */
  readonly timestamped: boolean;
  /** Whether ranges of windows can be read; it keeps the store's keys in memory. */
  readonly ranges: boolean;
}

/** Sessions are found by ranges, so the keys of these stores are always kept in memory. */
export interface SessionStoreSpec<K = unknown, V = unknown> extends StoreSpecBase<K, V> {
  readonly kind: 'session';
  readonly retentionMs: number;
}

export interface VersionedStoreSpec<K = unknown, V = unknown> extends StoreSpecBase<K, V> {
  readonly kind: 'versioned';
  /** How long rows of the past are known, and how late a row may come. */
  readonly historyMs: number;
}

/** An ordered store whose bytes an operator makes itself, and whose changelog has just these. */
export interface BytesStoreSpec {
  readonly kind: 'bytes';
  readonly name: string;
  readonly logged: boolean;
  readonly topicConfig: TopicConfig;
  /** What every changelog record with a value carries. */
  readonly changelogHeaders: readonly Header[];
}

/** A state store that a topology needs, as plain data. */
export type StoreSpec = KeyValueStoreSpec | VersionedStoreSpec | WindowStoreSpec | SessionStoreSpec | BytesStoreSpec;

/** Whether changes of the store's rows wait in the record cache. The past of a versioned store counts, so none of its changes waits. */
export function isCached(store: StoreSpec): boolean {
  return store.kind !== 'bytes' && store.kind !== 'versioned' && store.cached === true;
}

/** Whether the store below must find its keys in order. */
export function isOrdered(store: StoreSpec): boolean {
  switch (store.kind) {
    case 'key-value':
    case 'window':
      return store.ranges;
    case 'versioned':
      return false;
    case 'session':
    case 'bytes':
      return true;
  }
}

export interface KeyValueStoreOptions<K, V> {
  readonly name: string;
  readonly key: Serde<K>;
  readonly value: Serde<V>;
  /** Lets `range` and `all` be used; it keeps the store's keys in memory. Default: false. */
  readonly ranges?: boolean;
  /** Backs the store with a changelog topic. Default: true. */
  readonly logged?: boolean;
  /** Settings of the changelog topic that differ from the usual ones. */
  readonly topicConfig?: TopicConfig;
}

/**
 * Describes a key-value store for `process`.
 *
 * @param options - The store's name, its serdes and how it is kept.
 * @returns The description, as plain data.
 * @example Stock on hand
 * ```ts
 * const stock = keyValueStore({ name: 'stock', key: string, value: int32 });
 * ```
 */
export function keyValueStore<K, V>(options: KeyValueStoreOptions<K, V>): KeyValueStoreSpec<K, V> {
  const { name, key, value, ranges = false, logged = true, topicConfig = {} } = options;
  return { kind: 'key-value', name: checkName(name, 'The store'), key, value, ranges, logged, topicConfig };
}

export interface VersionedStoreOptions<K, V> extends Omit<KeyValueStoreOptions<K, V>, 'ranges'> {
  /** How long rows of the past are known, and how late a row may come, counted from the latest time that was put. */
  readonly history: Duration;
}

/**
 * Describes a versioned key-value store for `process` (KIP-889): it knows the row of each key as of a time.
 *
 * @param options - The store's name, its serdes, its history and how it is kept.
 * @returns The description, as plain data.
 * @example Prices as they were
 * ```ts
 * const prices = versionedStore({ name: 'prices', key: string, value: float64, history: '1d' });
 * ```
 */
export function versionedStore<K, V>(options: VersionedStoreOptions<K, V>): VersionedStoreSpec<K, V> {
  const { name, key, value, logged = true, topicConfig = {} } = options;
  const historyMs = durationMs(options.history, 'history');
  return { kind: 'versioned', name: checkName(name, 'The store'), key, value, logged, topicConfig, historyMs };
}

export interface WindowStoreOptions<K, V> extends Omit<KeyValueStoreOptions<K, V>, 'ranges'> {
  /** How long windows are kept, counted from the largest start that was put. */
  readonly retention: Duration;
  /** The size of the windows, at most the retention. It says where the windows of rows that are read end. */
  readonly windowSize: Duration;
  /** Keeps every value that is put for a key and start, in the order in which they came. Default: false. */
  readonly retainDuplicates?: boolean;
  /** Lets ranges of windows be read; it keeps the store's keys in memory. Default: true. */
  readonly ranges?: boolean;
}

/**
 * Describes a window store for `process`, with Kafka Streams' keys and values with timestamps.
 *
 * @param options - The store's name, its serdes, its times and how it is kept.
 * @returns The description, as plain data.
 * @throws {RangeError} When the retention is shorter than a window.
 * @example What came in the last hour
 * ```ts
 * const seen = windowStore({ name: 'seen', key: string, value: int32, retention: '1h', windowSize: '1m' });
 * ```
 */
export function windowStore<K, V>(options: WindowStoreOptions<K, V>): WindowStoreSpec<K, V> {
  const { name, key, value, ranges = true, logged = true, retainDuplicates = false, topicConfig = {} } = options;
  const windowSizeMs = durationMs(options.windowSize, 'windowSize');
  const retentionMs = retentionOf(options.retention, windowSizeMs);
  return {
    kind: 'window',
    name: checkName(name, 'The store'),
    ...{ key, value, ranges, logged, retainDuplicates, topicConfig, windowSizeMs, retentionMs },
    timestamped: !retainDuplicates,
  };
}

export interface SessionStoreOptions<K, V> extends Omit<KeyValueStoreOptions<K, V>, 'ranges'> {
  /** How long sessions are kept, counted from the latest end that was put. */
  readonly retention: Duration;
}

/**
 * Describes a session store for `process`, with Kafka Streams' keys.
 *
 * @param options - The store's name, its serdes, its retention and how it is kept.
 * @returns The description, as plain data.
 * @example Visits
 * ```ts
 * const visits = sessionStore({ name: 'visits', key: string, value: int32, retention: '1d' });
 * ```
 */
export function sessionStore<K, V>(options: SessionStoreOptions<K, V>): SessionStoreSpec<K, V> {
  const { name, key, value, logged = true, topicConfig = {} } = options;
  const retentionMs = durationMs(options.retention, 'retention');
  return { kind: 'session', name: checkName(name, 'The store'), key, value, logged, topicConfig, retentionMs };
}

function retentionOf(retention: Duration, atLeastMs: number): number {
  const retentionMs = durationMs(retention, 'retention');
  if (retentionMs >= atLeastMs) return retentionMs;
  throw new RangeError(`retention must be at least ${atLeastMs} ms, got ${retentionMs}`);
}
