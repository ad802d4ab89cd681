import { int64, type Windowed } from '@nagare/serdes';
import { type Aggregator, aggregateInfo } from '../operators/aggregate.ts';
import { countInfo } from '../operators/count.ts';
import type { OperatorInfo } from '../operators/define-operator.ts';
import { reduceInfo } from '../operators/reduce.ts';
import type { Merger } from '../operators/session-aggregate.ts';
import { type Emission, type EmitOptions, type EmitStrategy, emissionOf } from '../windows/emit-strategy.ts';
import type { SessionWindows } from '../windows/session-windows.ts';
import { grouped } from './grouped.ts';
import { giveLate, lateKey, type TakesLate } from './late.ts';
import { isMaterialized, storeName, type WindowMaterialized } from './materialized.ts';
import { type Place, placeOperator, type SerdeOf } from './node.ts';
import { KTable } from './table.ts';
import {
  type WindowSteps,
  type Windows,
  windowClosing,
  windowedKey,
  windowOperator,
  windowRows,
  windowSpec,
} from './windowed-table.ts';

/** Where a windowed aggregation stands. */
export interface WindowedPlace<K, V, W extends Windows> extends Emission {
  readonly from: Place<K, V>;
  /** The start of the repartition topic's name, if one was given. */
  readonly name: string | undefined;
  readonly windows: W;
}

type Value<V> = Exclude<V, null>;
type Reducer<V> = (aggregate: Value<V>, value: V) => Value<V> | null;

/** A grouped stream whose records are to be gathered by key and window. Results have a {@link Windowed} key. */
export class TimeWindowedKStream<K, V> {
  readonly #at: WindowedPlace<K, V, Exclude<Windows, SessionWindows>>;

  constructor(at: WindowedPlace<K, V, Exclude<Windows, SessionWindows>>) {
    this.#at = at;
  }

  /** Says when results are sent. Default: `on-window-update`. Unlimited windows take no other. */
  emitStrategy(strategy: EmitStrategy, options?: EmitOptions): TimeWindowedKStream<K, V> {
    return new TimeWindowedKStream({ ...this.#at, ...emissionOf(strategy, options) });
  }

  /** Counts the records of each key and window: `windowAggregate`, `slidingAggregate`. */
  count(options: WindowMaterialized<K, number> & TakesLate<K, V> = {}): KTable<Windowed<K>, number> {
    return countInWindows(this.#at, options);
  }

  /** Combines the values of each key and window. The first value is taken as it is. */
  reduce(combine: Reducer<V>, options: WindowMaterialized<K, V> & TakesLate<K, V> = {}): KTable<Windowed<K>, Value<V>> {
    return reduceInWindows(this.#at, combine, options);
  }

  /** Gathers the values of each key and window into one of another type. */
  aggregate<A>(
    initialize: () => A,
    add: Aggregator<K, V, A>,
    options: WindowMaterialized<K, A> & TakesLate<K, V> & { readonly value: SerdeOf<A> },
  ): KTable<Windowed<K>, A> {
    return gather(this.#at, aggregateInfo, options, {
      next: (key, value, old) => add(key, value, old === undefined ? initialize() : old),
    });
  }
}

/** A grouped stream whose records are to be gathered by key and session. Results have a {@link Windowed} key. */
export class SessionWindowedKStream<K, V> {
  readonly #at: WindowedPlace<K, V, SessionWindows>;

  constructor(at: WindowedPlace<K, V, SessionWindows>) {
    this.#at = at;
  }

  /** Says when results are sent. Default: `on-window-update`. */
  emitStrategy(strategy: EmitStrategy, options?: EmitOptions): SessionWindowedKStream<K, V> {
    return new SessionWindowedKStream({ ...this.#at, ...emissionOf(strategy, options) });
  }

  /** Counts the records of each key and session: `sessionAggregate`. */
  count(options: WindowMaterialized<K, number> & TakesLate<K, V> = {}): KTable<Windowed<K>, number> {
    return countInWindows(this.#at, options);
  }

  /** Combines the values of each key and session. The first value is taken as it is. */
  reduce(combine: Reducer<V>, options: WindowMaterialized<K, V> & TakesLate<K, V> = {}): KTable<Windowed<K>, Value<V>> {
    return reduceInWindows(this.#at, combine, options);
  }

  /** Gathers the values of each key and session; `merge` puts the results of two sessions into one. */
  aggregate<A>(
    initialize: () => A,
    add: Aggregator<K, V, A>,
    merge: (key: K, first: A, second: A) => A,
    options: WindowMaterialized<K, A> & TakesLate<K, V> & { readonly value: SerdeOf<A> },
  ): KTable<Windowed<K>, A> {
    return gather(this.#at, aggregateInfo, options, sessionSteps({ initialize, add, merge }));
  }
}

/** The steps of an aggregation in sessions: every state starts from the initial one, merged ones too. */
export function sessionSteps<K, V, A>(given: {
  readonly initialize: () => A;
  readonly add: Aggregator<K, V, A>;
  readonly merge: (key: K, first: A, second: A) => A;
}): WindowSteps<K, V, A> & { readonly merge: Merger<K, A> } {
  const { initialize, add, merge } = given;
  return {
    next: (key, value, old) => add(key, value, old === undefined ? initialize() : old),
    merge: (key, first, second) => merge(key, first === undefined ? initialize() : first, second),
  };
}

function countInWindows<K, V>(
  at: WindowedPlace<K, V, Windows>,
  { late, ...options }: WindowMaterialized<K, number> & TakesLate<K, V>,
) {
  // Kafka Streams takes a number for a store that it then does not name, when it is told how to keep it.
  if (options.store === undefined && isMaterialized(options)) at.from.builder.names.store('KSTREAM-AGGREGATE');
  const materialized = { value: int64, ...options, late };
  return gather<K, V, number>(at, countInfo, materialized, {
    next: (_key, _value, old) => (old ?? 0) + 1,
    merge: (_key, first, second) => (first ?? 0) + second,
  });
}

function reduceInWindows<K, V>(
  at: WindowedPlace<K, V, Windows>,
  combine: Reducer<V>,
  options: WindowMaterialized<K, V> & TakesLate<K, V>,
): KTable<Windowed<K>, Value<V>> {
  const { value = at.from.value } = options;
  const materialized = { ...options, value } as WindowMaterialized<K, Value<V>> & TakesLate<K, V>;
  return gather<K, V, Value<V>>(at, reduceInfo, materialized, {
    next: (_key, each, old) => (old === undefined ? (each as Value<V> | null) : combine(old, each)),
    merge: (_key, first, second) => (first === undefined ? second : (combine(first, second) as Value<V>)),
  });
}

function gather<K, V, A>(
  { from, name: prefix, windows, emit, idleMs }: WindowedPlace<K, V, Windows>,
  info: OperatorInfo,
  { late: take, ...options }: WindowMaterialized<K, A> & TakesLate<K, V>,
  steps: WindowSteps<K, V, A>,
): KTable<Windowed<K>, A> {
  const { builder } = from;
  const { key = from.key, value } = options;
  const method = `${info.name}()`;
  const store = storeName(builder, options.store, info.node);
  const name = builder.names.node(info.node, options.name);
  const at = grouped(from, prefix ?? store, method);
  builder.addStore(windowSpec(windows, { ...options, emit }, { store, key, value, method }));
  const sent = windowRows<K, A>(windows, store);
  const late = lateKey(take);
  const table = placeOperator(at, windowOperator(windows, steps, { store, sent, emit, idleMs, late, info }), name);
  giveLate({ ...at, key: key ?? at.key }, { node: name, key: late, take });
  const closesAfterMs = windowClosing(windows);
  if (closesAfterMs !== undefined) builder.closesAfter(name, closesAfterMs);
  const serdes = { key: windowedKey(windows, key), value: value as SerdeOf<A | null> | undefined };
  return new KTable<Windowed<K>, A>({ ...table, ...serdes } as Place<Windowed<K>, A | null>, sent);
}
