import { emitting } from '../rx.js';
import { defineOperator, operatorInfo } from './define-operator.js';
export const aggregateInfo = operatorInfo({
  name: 'aggregate',
  node: 'KSTREAM-AGGREGATE',
  keepsKey: true,
  keepsValue: false,
});
/**
 * Gathers the values of each key into one, kept in a store, and sends every new state of it.
 *
 * The result has the largest timestamp of what it is made of. Records without key or value are dropped and counted.
 *
 * @param store - The store's name.
 * @param initialize - Gives what a key starts with.
 * @param add - Adds one value.
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
export function aggregate(store, initialize, add) {
  return defineOperator(aggregateInfo, {
    stores: [store],
    run: (context) =>
      gather(context, store, (key, value, old) => add(key, value, old === undefined ? initialize() : old)),
  });
}
/** Keeps `next(key, value, old)` in a store; `old` is undefined for the first value of a key. */
export function gather(context, storeName, next) {
  const store = context.keyValueStore(storeName);
  return emitting((emit) => (record) => {
    if (isDropped(record, context)) return;
    const old = store.getWithTimestamp(record.key);
    const timestamp = old === undefined ? record.timestamp : Math.max(record.timestamp, old.timestamp);
    const value = next(record.key, record.value, old?.value);
    if (value === null) store.delete(record.key);
    else store.put(record.key, value, timestamp);
    emit(record.withValue(value).withTimestamp(timestamp));
  });
}
function isDropped(record, context) {
  if (record.key !== null && record.value !== null) return false;
  context.drop(record.key === null ? 'null-key' : 'null-value');
  return true;
}
//# sourceMappingURL=aggregate.js.map
