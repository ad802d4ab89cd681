import { Change } from '../change.ts';
import type { OldValues } from '../dsl/table-rows.ts';
import { noHeaders, StreamRecord } from '../record.ts';
import { emitting } from '../rx.ts';
import type { TableStore } from '../state/store.ts';
import { defineOperator, type Holder, type Operator, type OperatorContext, operatorInfo } from './define-operator.ts';
import { type Expire, RowExpiry } from './row-expiry.ts';

export const aggregateInfo = operatorInfo({
  name: 'aggregate',
  node: 'KSTREAM-AGGREGATE',
  keepsKey: true,
  keepsValue: false,
});

/** Adds a value to what was gathered for its key. Null deletes it, and the next value starts anew. */
export type Aggregator<K, V, A> = (key: K, value: V, aggregate: A) => A | null;

/**
 * Gathers the values of each key into one, kept in a store, and sends every new state of it.
 *
 * The result has the largest timestamp of what it is made of. Records without key or value are dropped and counted.
 *
 * @param store - The store's name.
 * @param initialize - Gives what a key starts with.
 * @param add - Adds one value.
 * @param sent - Whether the state before goes with the new one.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when a function throws.
 * @example The sum of each customer
 * ```ts
 * orders.groupBy((id, order) => order.customerId, { key: string }).aggregate(
 *   () => 0,
 *   (customer, order, sum) => sum + order.total,
 *   { value: float64, store: 'sums' },
 * );
 * ```
 */
export function aggregate<K, V, A>(
  store: string,
  initialize: () => A,
  add: Aggregator<K, V, A>,
  sent: OldValues,
): Operator<K, V, K, Change<A>> {
  return defineOperator(aggregateInfo, {
    stores: [store],
    run: (context) =>
      gather(context, { store, sent }, (key, value, old) => add(key, value, old === undefined ? initialize() : old)),
  });
}

/** Keeps `next(key, value, old)` in a store; `old` is undefined for the first value of a key. */
export function gather<K, V, A>(
  context: OperatorContext,
  { store: storeName, sent }: { readonly store: string; readonly sent: OldValues },
  next: (key: K, value: V, old: A | undefined) => A | null,
) {
  const store = context.tableStore<K, A>(storeName);
  const { areSent } = sent;
  const expiry = RowExpiry.of<K, A>(context, storeName);
  return emitting<StreamRecord<K, V>, StreamRecord<K, Change<A>>>((emit) => {
    const held = context.hold<K, A>({ name: storeName, sent, emit });
    const expire = expiring<K, A>({ store, sent, held, emit });
    return (record) => {
      if (isDropped(record, context)) return;
      if (expiry?.admits(record.timestamp, expire) === false) return context.drop('late');
      const old = store.getWithTimestamp(record.key);
      const timestamp = old === undefined ? record.timestamp : Math.max(record.timestamp, old.timestamp);
      const value = next(record.key, record.value, old?.value);
      held?.by(record);
      const outcome = store.set(record.key, value, timestamp, record.timestamp);
      expiry?.note(record.key, timestamp);
      if (held !== undefined || outcome === 'refused') return;
      const change = new Change(value, areSent && old !== undefined ? old.value : null, outcome === 'latest');
      emit(new StreamRecord(record.key, change, timestamp, record.headers));
    };
  });
}

/** Deletes a row of a table whose time is up, and lets that go on. */
export function expiring<K, A>(table: {
  readonly store: TableStore<K, A>;
  readonly sent: OldValues;
  readonly held: Holder | undefined;
  readonly emit: (record: StreamRecord<K, Change<A>>) => void;
}): Expire<K, A> {
  const { store, sent, held, emit } = table;
  const { areSent } = sent;
  return (key, row, atMs) => {
    held?.by({ headers: noHeaders });
    store.set(key, null, atMs);
    if (held === undefined) emit(new StreamRecord(key, new Change<A>(null, areSent ? row.value : null), atMs));
  };
}

function isDropped(record: StreamRecord<unknown, unknown>, context: OperatorContext): boolean {
  if (record.key !== null && record.value !== null) return false;
  context.drop(record.key === null ? 'null-key' : 'null-value');
  return true;
}
