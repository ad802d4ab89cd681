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
  /** How long windows are kept; at least their size and grace. Default: that much. */
  readonly retention?: Duration;
}

/** The store's name: the given one, or the next generated one. */
export function storeName(builder: TopologyBuilder, given: string | undefined, prefix: string): string {
  return given === undefined ? builder.names.store(prefix) : checkName(given, 'The store');
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
