import type { Change } from '../change.ts';
import { defineOperator, type Operator, operatorInfo } from './define-operator.ts';
import { type GatheredInto, regather } from './table-aggregate.ts';

export const tableCountInfo = operatorInfo({
  name: 'tableCount',
  node: 'KTABLE-AGGREGATE',
  keepsKey: true,
  keepsValue: false,
});

/**
 * Counts the rows of each group in a store, and sends every new count. A group that has lost its rows has the count 0.
 *
 * @param into - The store.
 * @example Customers of each country
 * ```ts
 * customers.groupBy((id, customer) => [customer.country, id], { key: string, value: string }).count();
 * ```
 */
export function tableCount<K, V>(into: GatheredInto): Operator<K, Change<V>, K, Change<number>> {
  return defineOperator(tableCountInfo, {
    stores: [into.store],
    run: (context) =>
      regather<K, V, number>(context, into, {
        add: (_key, _value, count) => (count ?? 0) + 1,
        subtract: (_key, _value, count) => count - 1,
      }),
  });
}
