import { int64 } from '@nagare/serdes';
import { type Aggregator, aggregate } from '../operators/aggregate.ts';
import { count } from '../operators/count.ts';
import type { Operator } from '../operators/define-operator.ts';
import { reduce } from '../operators/reduce.ts';
import { checkName } from '../topology/names.ts';
import type { TimeWindows } from '../windows/time-windows.ts';
import { keyValueSpec, type Materialized, storeName } from './materialized.ts';
import { type Named, type Place, placeOperator, type SerdeOf } from './node.ts';
import { repartitioned } from './repartition.ts';
import { KTable } from './table.ts';
import { storeView } from './table-view.ts';
import { TimeWindowedKStream } from './windowed.ts';

/** How a stream is grouped; what is left out is taken from the stream, as far as it is known. */
export interface Grouped<K, V> extends Named {
  readonly key?: SerdeOf<K>;
  readonly value?: SerdeOf<V>;
}

/** A stream whose records are to be gathered by key. */
export class KGroupedStream<K, V> {
  readonly #from: Place<K, V>;
  readonly #name: string | undefined;

  constructor(from: Place<K, V>, { name, key = from.key, value = from.value }: Grouped<K, V>) {
    this.#from = { ...from, key, value };
    this.#name = name === undefined ? undefined : checkName(name, 'The repartition topic');
  }

  /** Counts the records of each key: `count(store)`. */
  count(options: Materialized<K, number> = {}): KTable<K, number> {
    const { builder } = this.#from;
    // Kafka Streams takes a number for a store that it then does not name, when it is told how to keep it.
    if (options.store === undefined && isMaterialized(options)) builder.names.store('KSTREAM-AGGREGATE');
    const store = storeName(builder, options.store, 'KSTREAM-AGGREGATE');
    return this.#gather(store, { value: int64, ...options }, count<K, V>(store), 'count()');
  }

  /** Combines the values of each key: `reduce(store, combine)`. */
  reduce(
    combine: (aggregate: Exclude<V, null>, value: Exclude<V, null>) => Exclude<V, null> | null,
    options: Materialized<K, V> = {},
  ): KTable<K, Exclude<V, null>> {
    type Value = Exclude<V, null>;
    const store = storeName(this.#from.builder, options.store, 'KSTREAM-REDUCE');
    const { value = this.#from.value } = options;
    const operator = reduce<K, Value>(store, combine) as unknown as Operator<K, V, K, Value | null>;
    return this.#gather<Value>(store, { ...options, value } as Materialized<K, Value>, operator, 'reduce()');
  }

  /** Gathers the values of each key into one of another type: `aggregate(store, initialize, add)`. */
  aggregate<A>(
    initialize: () => A,
    add: Aggregator<K, Exclude<V, null>, A>,
    options: Materialized<K, A> & { readonly value: SerdeOf<A> },
  ): KTable<K, A> {
    const store = storeName(this.#from.builder, options.store, 'KSTREAM-AGGREGATE');
    const operator = aggregate<K, Exclude<V, null>, A>(store, initialize, add);
    return this.#gather(store, options, operator as unknown as Operator<K, V, K, A | null>, 'aggregate()');
  }

  /** Gathers within windows of time. */
  windowedBy(windows: TimeWindows): TimeWindowedKStream<K, V> {
    return new TimeWindowedKStream(this.#from, this.#name, windows);
  }

  #gather<A>(
    store: string,
    options: Materialized<K, A>,
    operator: Operator<K, V, K, A | null>,
    method: string,
  ): KTable<K, A> {
    const { builder } = this.#from;
    const { key = this.#from.key, value } = options;
    const name = builder.names.node(operator.node, options.name);
    const at = grouped(this.#from, this.#name ?? store, method);
    builder.addStore(keyValueSpec<K, A>(store, options, { key, value, method }));
    const table = placeOperator(at, operator, name);
    return new KTable<K, A>({ ...table, key, value: value as SerdeOf<A | null> | undefined }, () => storeView(store));
  }
}

/** The stream, repartitioned if its key may have changed. */
export function grouped<K, V>(from: Place<K, V>, prefix: string, method: string): Place<K, V> {
  if (!from.needsRepartition) return from;
  return repartitioned(from, { prefix, key: from.key, value: from.value, method });
}

/** Whether options say anything about how the result is kept, beside the node's name. */
export function isMaterialized<K, V>(options: Materialized<K, V>): boolean {
  return Object.keys(options).some((option) => option !== 'name');
}
