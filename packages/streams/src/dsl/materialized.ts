import { type Duration, durationMs } from '../duration.ts';
import type { KeyValueStoreSpec, StoreSpec } from '../state/store-spec.ts';
import { checkName } from '../topology/names.ts';
import type { TopicConfig } from '../topology/topic-configs.ts';
import type { TopologyBuilder } from '../topology/topology-builder.ts';
import { type Named, needSerde, type SerdeOf } from './node.ts';

/** What an operator keeps: its store, its serdes and its changelog. */
export interface Stored<K, V> extends Named {
  /** The store's name, which is also part of its changelog topic's. Default: a generated one. */
  readonly store?: string;
  readonly key?: SerdeOf<K>;
  readonly value?: SerdeOf<V>;
  /** Backs the store with a changelog topic. Default: true. */
  readonly logged?: boolean;
  /** Settings of the changelog topic that differ from the usual ones. */
  readonly topicConfig?: TopicConfig;
}

/** How a table is kept. */
export interface Materialized<K, V> extends Stored<K, V> {
  /**
   * Lets changes wait in the record cache (`statestoreCacheMaxBytes`) until the next commit, so that only the last of several changes
   * of a row is sent. Versioned tables, and windows that send only their last result, have none. Default: true.
   */
  readonly cached?: boolean;
  /** Lets queries read ranges of rows, and count them; it keeps the store's keys in memory. Default: false. */
  readonly ranges?: boolean;
  /**
   * Makes the table versioned (KIP-889, KIP-914): its rows of the past are known for this long, rows that come out of order
   * find their place among them, and those that are older are dropped. Default: only the last row that came is known.
   */
  readonly history?: Duration;
}

/** How long the rows of a table stay. */
export interface Expires {
  /**
   * Deletes a row when event time is this much later than the row's last change. The deletion goes on like any other, with the time at
   * which the row was due, and to the changelog. Records that are older than that are dropped as `late`. Time is that of the records
   * that the node has seen, so rows go when another record comes. It keeps the keys of the store in memory. Default: rows stay.
   */
  readonly ttl?: Duration;
}

/** How a windowed table is kept. */
export interface WindowMaterialized<K, V> extends Omit<Materialized<K, V>, 'history'> {
  /** How long windows are kept; at least their size and grace (of sliding ones, twice the size). Default: that much. */
  readonly retention?: Duration;
  /** Lets ranges of windows be read from the store; it keeps the store's keys in memory. Default: where the operator needs it. */
  readonly ranges?: boolean;
}

/** The store's name: the given one, or the next generated one. */
export function storeName(builder: TopologyBuilder, given: string | undefined, prefix: string): string {
  return given === undefined ? builder.names.store(prefix) : checkName(given, 'The store');
}

/** Whether options say anything about how the result is kept, beside the node's name. */
export function isMaterialized<K, V>(options: WindowMaterialized<K, V>): boolean {
  return Object.keys(options).some((option) => option !== 'name');
}

/**
 * Adds the store of a table that is kept only if its store is named, and gives its name.
 *
 * Where it `counts`, Kafka Streams takes a number for a store that it then does not name, when it is told anything about how to keep it.
 */
export function addTableStore<K, V>(
  builder: TopologyBuilder,
  options: Materialized<K, V>,
  known: {
    readonly key: SerdeOf<K> | undefined;
    readonly value: SerdeOf<V> | undefined;
    readonly prefix: string;
    readonly method: string;
    readonly counts: boolean;
  },
): string | undefined {
  const { store, history } = options;
  if (store === undefined && history === undefined) {
    if (known.counts && isMaterialized(options)) builder.names.store(known.prefix);
    return undefined;
  }
  const name = storeName(builder, store, known.prefix);
  builder.addStore(tableSpec<K, V>(name, options, known));
  return name;
}

/** How long rows of the past are known; undefined when the table is not versioned. */
export function historyOf<K, V>({ history }: Materialized<K, V>): number | undefined {
  return history === undefined ? undefined : durationMs(history, 'history');
}

/** How long a row stays behind its last change; undefined when it stays for ever. */
export function ttlOf<K, V>({ ttl, history }: Materialized<K, V> & Expires): number | undefined {
  if (ttl === undefined) return undefined;
  if (history !== undefined) throw new TypeError('a table has a history or a ttl, not both');
  const ttlMs = durationMs(ttl, 'ttl');
  if (ttlMs < 1) throw new RangeError(`ttl must be at least a millisecond, got ${ttl}`);
  return ttlMs;
}

/** Describes the store of a table, versioned or not. */
export function tableSpec<K, V>(
  name: string,
  options: Materialized<K, V> & Expires,
  serdes: Parameters<typeof keyValueSpec<K, V>>[2],
): StoreSpec {
  const { ranges, ...spec } = keyValueSpec<K, V>(name, options, serdes);
  const historyMs = historyOf(options);
  const ttlMs = ttlOf(options);
  if (ttlMs !== undefined) return { ...spec, ranges: true, ttlMs };
  return historyMs === undefined ? { ...spec, ranges } : { ...spec, kind: 'versioned', historyMs };
}

/** Describes a key-value store. */
export function keyValueSpec<K, V>(
  name: string,
  options: Omit<Materialized<K, V>, 'history'>,
  serdes: { readonly key: SerdeOf<K> | undefined; readonly value: SerdeOf<V> | undefined; readonly method: string },
): KeyValueStoreSpec {
  return {
    kind: 'key-value',
    name,
    key: needSerde(options.key ?? serdes.key, 'key', serdes.method),
    value: needSerde(options.value ?? serdes.value, 'value', serdes.method),
    ranges: options.ranges ?? false,
    logged: options.logged ?? true,
    topicConfig: options.topicConfig ?? {},
    cached: options.cached ?? true,
  };
}
