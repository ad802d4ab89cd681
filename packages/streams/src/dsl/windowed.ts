import { int64, type Windowed, windowed } from '@nagare/serdes';
import { durationMs } from '../duration.ts';
import { type Aggregator, aggregateInfo } from '../operators/aggregate.ts';
import { countInfo } from '../operators/count.ts';
import type { OperatorInfo } from '../operators/define-operator.ts';
import { reduceInfo } from '../operators/reduce.ts';
import { type WindowStep, windowAggregate } from '../operators/window-aggregate.ts';
import type { TimeWindows } from '../windows/time-windows.ts';
import { grouped, isMaterialized } from './grouped.ts';
import { keyValueSpec, storeName, type WindowMaterialized } from './materialized.ts';
import { type Place, placeOperator, type SerdeOf } from './node.ts';
import { KTable } from './table.ts';
import { type TableView, windowStoreView } from './table-view.ts';

/** A grouped stream whose records are to be gathered by key and window. Results have a {@link Windowed} key. */
export class TimeWindowedKStream<K, V> {
  readonly #from: Place<K, V>;
  readonly #name: string | undefined;
  readonly #windows: TimeWindows;

  constructor(from: Place<K, V>, name: string | undefined, windows: TimeWindows) {
    this.#from = from;
    this.#name = name;
    this.#windows = windows;
  }

  /** Counts the records of each key and window: `windowAggregate`. */
  count(options: WindowMaterialized<K, number> = {}): KTable<Windowed<K>, number> {
    const { names } = this.#from.builder;
    // Kafka Streams takes a number for a store that it then does not name, when it is told how to keep it.
    if (options.store === undefined && isMaterialized(options)) names.store('KSTREAM-AGGREGATE');
    return this.#gather(countInfo, { value: int64, ...options }, (_key, _value, old) => (old ?? 0) + 1);
  }

  /** Combines the values of each key and window: `windowAggregate`. The first value is taken as it is. */
  reduce(
    combine: (aggregate: Exclude<V, null>, value: V) => Exclude<V, null> | null,
    options: WindowMaterialized<K, V> = {},
  ): KTable<Windowed<K>, Exclude<V, null>> {
    type Value = Exclude<V, null>;
    const { value = this.#from.value } = options;
    return this.#gather<Value>(reduceInfo, { ...options, value } as WindowMaterialized<K, Value>, (_key, each, old) =>
      old === undefined ? (each as Value | null) : combine(old, each),
    );
  }

  /** Gathers the values of each key and window into one of another type: `windowAggregate`. */
  aggregate<A>(
    initialize: () => A,
    add: Aggregator<K, V, A>,
    options: WindowMaterialized<K, A> & { readonly value: SerdeOf<A> },
  ): KTable<Windowed<K>, A> {
    return this.#gather<A>(aggregateInfo, options, (key, value, old) =>
      add(key, value, old === undefined ? initialize() : old),
    );
  }

  #gather<A>(info: OperatorInfo, options: WindowMaterialized<K, A>, next: WindowStep<K, V, A>): KTable<Windowed<K>, A> {
    const { builder } = this.#from;
    const { key = this.#from.key, value } = options;
    const store = storeName(builder, options.store, info.node);
    const name = builder.names.node(info.node, options.name);
    const at = grouped(this.#from, this.#name ?? store, `${info.name}()`);
    const spec = keyValueSpec<K, A>(store, options, { key, value, method: `${info.name}()` });
    builder.addStore({ ...spec, kind: 'window', retentionMs: this.#retentionMs(options) });
    const table = placeOperator(at, windowAggregate(store, this.#windows, next, info), name);
    const windowedKey = key === undefined ? undefined : windowed(key, this.#windows.sizeMs);
    return new KTable<Windowed<K>, A>(
      {
        ...table,
        key: windowedKey as unknown as SerdeOf<Windowed<K>> | undefined,
        value: value as SerdeOf<A | null> | undefined,
      },
      () => windowStoreView<K, A>(store) as TableView<Windowed<K>, A>,
    );
  }

  #retentionMs({ retention }: { retention?: number | string }): number {
    const { sizeMs, graceMs } = this.#windows;
    const retentionMs = retention === undefined ? sizeMs + graceMs : durationMs(retention, 'retention');
    if (retentionMs >= sizeMs + graceMs) return retentionMs;
    throw new RangeError(`retention must be at least size and grace (${sizeMs + graceMs} ms), got ${retentionMs}`);
  }
}
