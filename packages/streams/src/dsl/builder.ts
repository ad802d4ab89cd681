import type { Serde } from '@nagare/serdes';
import type { StoreSpec } from '../state/store-spec.ts';
import { checkName } from '../topology/names.ts';
import type { OffsetReset, TimestampExtractor, Topology } from '../topology/topology.ts';
import { TopologyBuilder } from '../topology/topology-builder.ts';
import { GlobalKTable } from './global-table.ts';
import { keepableTable } from './keepable-table.ts';
import {
  type Expires,
  historyOf,
  keyValueSpec,
  type Materialized,
  storeName,
  tableSpec,
  ttlOf,
} from './materialized.ts';
import type { Named } from './node.ts';
import { type RetryOptions, retryPlan } from './retry-options.ts';
import { KStream } from './stream.ts';
import { KTable } from './table.ts';

/** How a topic is read. */
export interface Consumed<K, V> extends Named {
  readonly key: Serde<K>;
  readonly value: Serde<V>;
  /** Gives the event time of a record. Default: its own timestamp, which must not be negative. */
  readonly timestamp?: TimestampExtractor;
  /** Where to start when no offset is committed. Default: that of the application's configuration. */
  readonly offsetReset?: OffsetReset;
}

/** What becomes of records that processing fails for. */
export interface Retried {
  /**
   * Has a record that a function of the application throws for wait in a topic of the application,
   * `<application id>-<topic>-retry-<attempt>`, and processes it again when its time has come. When no attempt is left,
   * `processing.exception.handler` decides.
   *
   * It is written in the same transaction. Until it comes back others of its key overtake it; then it goes through the whole
   * sub-topology again, with its own time, so that what it led to before the function that threw happens again.
   *
   * @example After a second, ten seconds and a minute
   * ```ts
   * builder.stream('orders', { key: string, value: order, retry: { delays: ['1s', '10s', '1m'] } });
   * ```
   */
  readonly retry?: RetryOptions;
}

/**
 * Builds a topology from streams and tables.
 *
 * @example Shout
 * ```ts
 * const builder = new StreamsBuilder();
 * builder
 *   .stream('words', { key: string, value: string })
 *   .mapValues((word) => word.toUpperCase())
 *   .to('shouts', { value: string });
 * const topology = builder.build();
 * ```
 */
export class StreamsBuilder {
  readonly #builder = new TopologyBuilder();

  /**
   * Reads one or more topics as a stream. Reading the same topics again adds to the same source.
   *
   * Functions downstream are given null as the value of a tombstone, which the type leaves out: filter it where it can come.
   *
   * @param topics - The topics. They must exist when the application starts.
   * @param consumed - Their serdes and how they are read.
   */
  stream<K, V>(topics: string | readonly string[], consumed: Consumed<K, V> & Retried): KStream<K, V> {
    const { key, value, timestamp, offsetReset, name } = consumed;
    const list = typeof topics === 'string' ? [topics] : [...topics];
    const retry = consumed.retry && retryPlan(list, consumed.retry);
    if (list.length === 0) throw new RangeError('stream() needs at least one topic');
    const builder = this.#builder;
    const node = builder.addSource({
      name: builder.names.node('KSTREAM-SOURCE', name),
      topics: (retry?.chains.flat() ?? list).map((topic) => checkName(topic, 'The topic')),
      key: key as Serde<unknown>,
      value: value as Serde<unknown>,
      timestamp,
      offsetReset,
      retry,
    });
    return new KStream<K, V>({
      builder,
      node,
      key: key as Serde<unknown> as Serde<Exclude<K, null>>,
      value: value as Serde<unknown> as Serde<Exclude<V, null>>,
      sources: new Set([node]),
      needsRepartition: false,
    });
  }

  /**
   * Reads a topic as a table: each record is the new row of its key, and a null value deletes the row.
   *
   * Rows are kept in a store when it is named, or when a join needs them. With a `history` the table is versioned.
   *
   * @param topic - The topic. It must exist when the application starts.
   * @param consumed - Its serdes, how it is read, and how it is kept.
   */
  table<K, V>(
    topic: string,
    consumed: Consumed<K, V> &
      Expires &
      Pick<Materialized<K, V>, 'store' | 'logged' | 'cached' | 'ranges' | 'topicConfig' | 'history'>,
  ) {
    const builder = this.#builder;
    const { name, timestamp, offsetReset, store } = consumed;
    const key = consumed.key as Serde<unknown> as Serde<Exclude<K, null>>;
    const value = consumed.value as Serde<unknown> as Serde<Exclude<V, null>>;
    checkName(topic, 'The topic');
    const kept = storeName(builder, store, topic);
    const source = builder.names.node('KSTREAM-SOURCE', name === undefined ? undefined : `${name}-source`);
    const node = builder.names.node('KTABLE-SOURCE', name);
    const serdes = { key: key as Serde<unknown>, value: value as Serde<unknown> };
    const from = builder.addSource({ name: source, topics: [topic], ...serdes, timestamp, offsetReset });
    const options = consumed as Expires &
      Pick<Materialized<K, V>, 'logged' | 'cached' | 'ranges' | 'topicConfig' | 'history'>;
    const spec = () => tableSpec<K, V>(kept, options, { key, value, method: 'table()' });
    const historyMs = historyOf(options);
    const isKept = store !== undefined || historyMs !== undefined || ttlOf(options) !== undefined;
    const rows = keepableTable<K, V>(builder, { node, parent: from, store: kept, isKept, spec, historyMs });
    const at = { builder, node, key, value, sources: new Set([from]), needsRepartition: false };
    return new KTable<K, V>(at, rows);
  }

  /**
   * Reads a topic as a table that every instance has whole, so that streams can be joined with any of its rows.
   *
   * It is read to its end before tasks run, and from its start, whatever the reset. Its rows are kept in memory.
   *
   * @param topic - The topic, which nothing else of the topology reads. It must exist when the application starts.
   * @param consumed - Its serdes, how it is read, and the store's name.
   */
  globalTable<K, V>(
    topic: string,
    consumed: Omit<Consumed<K, V>, 'offsetReset'> & Pick<Materialized<K, V>, 'store' | 'ranges'>,
  ): GlobalKTable<Exclude<K, null>, Exclude<V, null>> {
    const builder = this.#builder;
    const { name, timestamp, key, value, ranges = false } = consumed;
    checkName(topic, 'The topic');
    const kept = storeName(builder, consumed.store, topic);
    const source = builder.names.node('KSTREAM-SOURCE', name === undefined ? undefined : `${name}-source`);
    const node = builder.names.node('KTABLE-SOURCE', name);
    const serdes = { key: key as Serde<unknown>, value: value as Serde<unknown> };
    const store = keyValueSpec(kept, { logged: false, cached: false, ranges }, { ...serdes, method: 'globalTable()' });
    builder.addGlobalTable(
      { name: source, topics: [topic], ...serdes, timestamp, offsetReset: undefined },
      { node, topic, store },
    );
    return new GlobalKTable(kept);
  }

  /** Adds a store that processors use by name. `process` also takes descriptions, and adds them itself. */
  addStateStore(store: StoreSpec): this {
    this.#builder.addStore(store);
    return this;
  }

  /** @returns What was built so far, as plain data. */
  build(): Topology {
    return this.#builder.build();
  }
}
