import { Change } from '../change.ts';
import type { OldValues } from '../dsl/table-rows.ts';
import { StreamRecord } from '../record.ts';
import { emitting } from '../rx.ts';
import type { Aggregator } from './aggregate.ts';
import { defineOperator, type Operator, type OperatorContext, operatorInfo } from './define-operator.ts';

export const tableAggregateInfo = operatorInfo({
  name: 'tableAggregate',
  node: 'KTABLE-AGGREGATE',
  keepsKey: true,
  keepsValue: false,
});

/** How rows enter and leave what is gathered of them. */
export interface Regathering<K, V, A> {
  /** Adds a row. `aggregate` is undefined where nothing is gathered. Null deletes what is gathered. */
  readonly add: (key: K, value: V, aggregate: A | undefined) => A | null;
  /** Takes a row out again. Null deletes what is gathered. */
  readonly subtract: (key: K, value: V, aggregate: A) => A | null;
}

/** Where a result is kept, and whether the one before goes with the new one. */
export interface GatheredInto {
  readonly store: string;
  readonly sent: OldValues;
}

/**
 * Gathers the rows of each group into one value, kept in a store, and sends every new state of it.
 *
 * A row that changes is first taken out as it was, then added as it is. The result has the largest timestamp of what it is
 * made of.
 *
 * @param into - The store.
 * @param initialize - Gives what a group starts with.
 * @param steps - How a row is added and taken out.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when a function throws.
 * @example The balance of each country
 * ```ts
 * byCountry.aggregate(
 *   () => 0,
 *   (country, account, sum) => sum + account.balance,
 *   (country, account, sum) => sum - account.balance,
 *   { value: float64 },
 * );
 * ```
 */
export function tableAggregate<K, V, A>(
  into: GatheredInto,
  initialize: () => A,
  { add, subtract }: { readonly add: Aggregator<K, V, A>; readonly subtract: Aggregator<K, V, A> },
): Operator<K, Change<V>, K, Change<A>> {
  const steps = { add: (key: K, value: V, state: A | undefined) => add(key, value, state ?? initialize()), subtract };
  return defineOperator(tableAggregateInfo, {
    stores: [into.store],
    run: (context) => regather<K, V, A>(context, into, steps),
  });
}

/** Keeps what is gathered of each group in a store. */
export function regather<K, V, A>(
  context: OperatorContext,
  { store: name, sent }: GatheredInto,
  { add, subtract }: Regathering<K, V, A>,
) {
  const store = context.tableStore<K, A>(name);
  const { areSent } = sent;
  return emitting<StreamRecord<K, Change<V>>, StreamRecord<K, Change<A>>>((emit) => {
    const held = context.hold<K, A>({ name, sent, emit });
    return (record) => {
      const { key, value: change, headers } = record;
      const before = store.getWithTimestamp(key);
      let now = before === undefined ? null : before.value;
      if (change.oldValue !== null && now !== null) now = subtract(key, change.oldValue, now);
      if (change.newValue !== null) now = add(key, change.newValue, now ?? undefined);
      const timestamp = before === undefined ? record.timestamp : Math.max(record.timestamp, before.timestamp);
      held?.by(record);
      const outcome = store.set(key, now, timestamp, record.timestamp);
      if (held !== undefined || outcome === 'refused') return;
      const old = areSent && before ? before.value : null;
      emit(new StreamRecord(key, new Change(now, old, outcome === 'latest'), timestamp, headers));
    };
  });
}
