import { int64 } from '@nagare/serdes';
import type { Change } from '../change.ts';
import { type Aggregator, aggregate } from '../operators/aggregate.ts';
import { count } from '../operators/count.ts';
import type { Operator } from '../operators/define-operator.ts';
import { reduce } from '../operators/reduce.ts';
import { checkName } from '../topology/names.ts';
import { SessionWindows } from '../windows/session-windows.ts';
import type { SlidingWindows } from '../windows/sliding-windows.ts';
import type { TimeWindows } from '../windows/time-windows.ts';
import type { UnlimitedWindows } from '../windows/unlimited-windows.ts';
import { CogroupedKStream, type Grouping, grouping } from './cogrouped.ts';
import type { TakesLate } from './late.ts';
import { type Expires, historyOf, isMaterialized, type Materialized, storeName, tableSpec } from './materialized.ts';
import { type Named, type Place, placeOperator, type SerdeOf } from './node.ts';
import { repartitioned } from './repartition.ts';
import { KTable } from './table.ts';
import { KeptRows } from './table-rows.ts';
import { storeView } from './table-view.ts';
import { SessionWindowedKStream, TimeWindowedKStream } from './windowed.ts';
import type { Windows } from './windowed-table.ts';

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
  count(options: Materialized<K, number> & Expires = {}): KTable<K, number> {
    const { builder } = this.#from;
    // Kafka Streams takes a number for a store that it then does not name, when it is told how to keep it.
    if (options.store === undefined && isMaterialized(options)) builder.names.store('KSTREAM-AGGREGATE');
    const store = storeName(builder, options.store, 'KSTREAM-AGGREGATE');
    const kept = new KeptRows<K, number>(storeView(store, historyOf(options)));
    return this.#gather(store, { value: int64, ...options }, count<K, V>(store, kept), { kept, method: 'count()' });
  }

  /** Combines the values of each key: `reduce(store, combine)`. */
  reduce(
    combine: (aggregate: Exclude<V, null>, value: Exclude<V, null>) => Exclude<V, null> | null,
    options: Materialized<K, V> & Expires = {},
  ): KTable<K, Exclude<V, null>> {
    type Value = Exclude<V, null>;
    const store = storeName(this.#from.builder, options.store, 'KSTREAM-REDUCE');
    const { value = this.#from.value } = options;
    const kept = new KeptRows<K, Value>(storeView(store, historyOf(options)));
    const operator = reduce<K, Value>(store, combine, kept) as unknown as Operator<K, V, K, Change<Value>>;
    const told = { kept, method: 'reduce()' };
    return this.#gather<Value>(store, { ...options, value } as Materialized<K, Value> & Expires, operator, told);
  }

  /** Gathers the values of each key into one of another type: `aggregate(store, initialize, add)`. */
  aggregate<A>(
    initialize: () => A,
    add: Aggregator<K, Exclude<V, null>, A>,
    options: Materialized<K, A> & Expires & { readonly value: SerdeOf<A> },
  ): KTable<K, A> {
    const store = storeName(this.#from.builder, options.store, 'KSTREAM-AGGREGATE');
    const kept = new KeptRows<K, A>(storeView(store, historyOf(options)));
    const operator = aggregate<K, Exclude<V, null>, A>(store, initialize, add, kept);
    const told = { kept, method: 'aggregate()' };
    return this.#gather(store, options, operator as unknown as Operator<K, V, K, Change<A>>, told);
  }

  /** Starts to gather several groups into one state for each key; `add` adds the values of this one. */
  cogroup<A>(add: Aggregator<K, V, A>, options: TakesLate<K, V> = {}): CogroupedKStream<K, A> {
    return new CogroupedKStream<K, A>().cogroup(this, add, options);
  }

  /** Where groups of several streams find this one. */
  get [grouping](): Grouping<K, V> {
    return { from: this.#from, name: this.#name };
  }

  /** Gathers within sessions. */
  windowedBy(windows: SessionWindows): SessionWindowedKStream<K, V>;
  /** Gathers within windows of time. */
  windowedBy(windows: TimeWindows | SlidingWindows | UnlimitedWindows): TimeWindowedKStream<K, V>;
  windowedBy(windows: Windows): TimeWindowedKStream<K, V> | SessionWindowedKStream<K, V> {
    const at = { from: this.#from, name: this.#name, emit: 'on-window-update', idleMs: undefined } as const;
    if (windows instanceof SessionWindows) return new SessionWindowedKStream({ ...at, windows });
    return new TimeWindowedKStream({ ...at, windows });
  }

  #gather<A>(
    store: string,
    options: Materialized<K, A> & Expires,
    operator: Operator<K, V, K, Change<A>>,
    { kept, method }: { readonly kept: KeptRows<K, A>; readonly method: string },
  ): KTable<K, A> {
    const { builder } = this.#from;
    const { key = this.#from.key, value } = options;
    const name = builder.names.node(operator.node, options.name);
    const at = grouped(this.#from, this.#name ?? store, method);
    builder.addStore(tableSpec<K, A>(store, options, { key, value, method }));
    const table = placeOperator(at, operator, name);
    return new KTable<K, A>(
      { ...table, key, value: value as SerdeOf<A | null> | undefined } as Place<K, A | null>,
      kept,
    );
  }
}

/** The stream, repartitioned if its key may have changed. */
export function grouped<K, V>(from: Place<K, V>, prefix: string, method: string): Place<K, V> {
  if (!from.needsRepartition) return from;
  return repartitioned(from, { prefix, key: from.key, value: from.value, method });
}
