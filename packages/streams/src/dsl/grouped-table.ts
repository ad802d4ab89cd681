import { int64, type Serde } from '@nagare/serdes';
import type { Change } from '../change.ts';
import type { Aggregator } from '../operators/aggregate.ts';
import type { Operator } from '../operators/define-operator.ts';
import { type GatheredInto, tableAggregate } from '../operators/table-aggregate.ts';
import { tableCount } from '../operators/table-count.ts';
import { tableReduce } from '../operators/table-reduce.ts';
import { changeSerde } from '../state/change-serde.ts';
import { checkName, repartitionTopic } from '../topology/names.ts';
import type { Grouped } from './grouped.ts';
import { historyOf, type Materialized, storeName, tableSpec } from './materialized.ts';
import { needSerde, type Place, placeTable, type SerdeOf } from './node.ts';
import { KTable } from './table.ts';
import { KeptRows } from './table-rows.ts';
import { storeView } from './table-view.ts';

/** A table whose rows are to be gathered by another key. Rows come and go, so each method takes both ways. */
export class KGroupedTable<K, V> {
  readonly #from: Place<K, V | null>;
  readonly #name: string | undefined;

  /** Made by `KTable.groupBy`. */
  constructor(from: Place<K, V | null>, { name }: Grouped<K, V>) {
    this.#from = from;
    this.#name = name === undefined ? undefined : checkName(name, 'The repartition topic');
  }

  /** Counts the rows of each group: `tableCount`. */
  count(options: Materialized<K, number> = {}): KTable<K, number> {
    return this.#gather({ value: int64, ...options }, 'count()', (into) => tableCount(into));
  }

  /** Combines the rows of each group: `tableReduce(add, subtract)`. */
  reduce(
    add: (aggregate: V, value: V) => V | null,
    subtract: (aggregate: V, value: V) => V | null,
    options: Materialized<K, V> = {},
  ): KTable<K, V> {
    const { value = this.#from.value as SerdeOf<V> | undefined } = options;
    const merged = { ...options, value } as Materialized<K, V>;
    return this.#gather<V>(merged, 'reduce()', (into) => tableReduce(into, add, subtract));
  }

  /** Gathers the rows of each group into a value of another type: `tableAggregate(initialize, { add, subtract })`. */
  aggregate<A>(
    initialize: () => A,
    add: Aggregator<K, V, A>,
    subtract: Aggregator<K, V, A>,
    options: Materialized<K, A> & { readonly value: SerdeOf<A> },
  ): KTable<K, A> {
    return this.#gather<A>(options, 'aggregate()', (into) => tableAggregate(into, initialize, { add, subtract }));
  }

  #gather<A>(
    options: Materialized<K, A>,
    method: string,
    make: (into: GatheredInto) => Operator<K, Change<V>, K, Change<A>>,
  ): KTable<K, A> {
    const { builder } = this.#from;
    const { key = this.#from.key, value } = options;
    const store = storeName(builder, options.store, 'KTABLE-AGGREGATE');
    const kept = new KeptRows<K, A>(storeView(store, historyOf(options)));
    const operator = make({ store, sent: kept });
    const at = this.#repartitioned(this.#name ?? store, options.name, method);
    const name = builder.names.node(operator.node, options.name);
    builder.addStore(tableSpec<K, A>(store, options, { key, value, method }));
    const table = placeTable(at, operator, name);
    return new KTable<K, A>({ ...table, key, value: value as SerdeOf<A | null> | undefined }, kept);
  }

  /** The changes behind a topic of the application. Operators of one named group share it. */
  #repartitioned(prefix: string, name: string | undefined, method: string): Place<K, V | null> {
    const { builder, node: from, ...known } = this.#from;
    const topic = repartitionTopic(prefix);
    const sink = builder.names.node('KSTREAM-SINK', name && `${name}-sink`);
    const source = builder.names.node('KSTREAM-SOURCE', name && `${name}-source`);
    const shared = builder.repartitionSource(topic, from);
    if (shared === undefined) {
      const key = needSerde(known.key, 'key', method);
      const value = changeSerde(needSerde(known.value, 'value', method)) as Serde<unknown>;
      builder.addRepartitionTopic({ name: topic, partitions: undefined }, { from, source });
      builder.addSink({ name: sink, parents: [from], topic, key, value });
      builder.addSource({ name: source, topics: [topic], key, value, timestamp: undefined, offsetReset: undefined });
    }
    const node = shared ?? source;
    return { builder, ...known, node, sources: new Set([node]), needsRepartition: false };
  }
}
