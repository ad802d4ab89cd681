import type { Duration } from '../duration.ts';
import type { KeyValueStoreSpec } from '../state/store-spec.ts';
import { checkName } from '../topology/names.ts';
import type { TopicConfig } from '../topology/topic-configs.ts';
import type { TopologyBuilder } from '../topology/topology-builder.ts';
import { type Named, needSerde, type SerdeOf } from './node.ts';

/** How a table is kept: its store, its serdes and its changelog. */
export interface Materialized<K, V> extends Named {
  /** The store's name, which is also part of its changelog topic's. Default: a generated one. */
  readonly store?: string;
  readonly key?: SerdeOf<K>;
  readonly value?: SerdeOf<V>;
  /** Backs the store with a changelog topic. Default: true. */
  readonly logged?: boolean;
  /** Settings of the changelog topic that differ from the usual ones. */
  readonly topicConfig?: TopicConfig;
}

/** How a windowed table is kept. */
export interface WindowMaterialized<K, V> extends Materialized<K, V> {
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
export function isMaterialized<K, V>(options: Materialized<K, V>): boolean {
  return Object.keys(options).some((option) => option !== 'name');
}

/**
 * Adds the store of a table that is kept only if its store is named, and gives its name.
 *
 * Kafka Streams takes a number for a store that it then does not name, when it is told anything about how to keep it.
 */
export function addTableStore<K, V>(
  builder: TopologyBuilder,
  options: Materialized<K, V>,
  known: {
    readonly key: SerdeOf<K> | undefined;
    readonly value: SerdeOf<V> | undefined;
    readonly prefix: string;
    readonly method: string;
  },
): string | undefined {
  const { store } = options;
  if (store === undefined) {
    if (isMaterialized(options)) builder.names.store(known.prefix);
    return undefined;
  }
  builder.addStore(keyValueSpec<K, V>(checkName(store, 'The store'), options, known));
  return store;
}

/** Describes the key-value store of a table. */
export function keyValueSpec<K, V>(
  name: string,
  options: Materialized<K, V>,
  serdes: { readonly key: SerdeOf<K> | undefined; readonly value: SerdeOf<V> | undefined; readonly method: string },
): KeyValueStoreSpec {
  return {
    kind: 'key-value',
    name,
    key: needSerde(options.key ?? serdes.key, 'key', serdes.method),
    value: needSerde(options.value ?? serdes.value, 'value', serdes.method),
    ranges: false,
    logged: options.logged ?? true,
    topicConfig: options.topicConfig ?? {},
  };
}
