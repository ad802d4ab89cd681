import type { Serde } from '@nagare/serdes';
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
}

export interface KeyValueStoreSpec<K = unknown, V = unknown> extends StoreSpecBase<K, V> {
  readonly kind: 'key-value';
  /** Whether `range` and `all` work; it keeps the store's keys in memory. */
  readonly ranges: boolean;
}

export interface WindowStoreSpec<K = unknown, V = unknown> extends StoreSpecBase<K, V> {
  readonly kind: 'window';
  readonly retentionMs: number;
}

/** A state store that a topology needs, as plain data. */
export type StoreSpec = KeyValueStoreSpec | WindowStoreSpec;

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
