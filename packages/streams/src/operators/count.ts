import type { Change } from '../change.ts';
import type { OldValues } from '../dsl/table-rows.ts';
import { gather } from './aggregate.ts';
import { defineOperator, type Operator, operatorInfo } from './define-operator.ts';

export const countInfo = operatorInfo({
  name: 'count',
  node: 'KSTREAM-AGGREGATE',
  keepsKey: true,
  keepsValue: false,
});

/**
 * Counts the records of each key in a store, and sends every new count.
 *
 * Records without key or value are dropped and not counted.
 *
 * @param store - The store's name.
 * @param sent - Whether the count before goes with the new one.
 * @example Orders of each customer
 * ```ts
 * orders.groupBy((id, order) => order.customerId, { key: string }).count({ store: 'orders-by-customer' });
 * ```
 */
export function count<K, V>(store: string, sent: OldValues): Operator<K, V, K, Change<number>> {
  return defineOperator(countInfo, {
    stores: [store],
    run: (context) => gather<K, V, number>(context, { store, sent }, (_key, _value, old) => (old ?? 0) + 1),
  });
}
