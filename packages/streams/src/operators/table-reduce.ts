import type { Change } from '../change.ts';
import { defineOperator, type Operator, operatorInfo } from './define-operator.ts';
import { type GatheredInto, regather } from './table-aggregate.ts';

export const tableReduceInfo = operatorInfo({
  name: 'tableReduce',
  node: 'KTABLE-REDUCE',
  keepsKey: true,
  keepsValue: true,
});

/**
 * Combines the rows of each group, kept in a store, and sends every new state. The first row of a group is taken as it is.
 *
 * @param into - The store.
 * @param add - Combines what there is with a row that comes; null deletes it.
 * @param subtract - Takes a row that goes out of what there is; null deletes it.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when a function throws.
 * @example The stock of each article over all warehouses
 * ```ts
 * byArticle.reduce(
 *   (stock, more) => stock + more,
 *   (stock, less) => stock - less,
 * );
 * ```
 */
export function tableReduce<K, V>(
  into: GatheredInto,
  add: (aggregate: V, value: V) => V | null,
  subtract: (aggregate: V, value: V) => V | null,
): Operator<K, Change<V>, K, Change<V>> {
  return defineOperator(tableReduceInfo, {
    stores: [into.store],
    run: (context) =>
      regather<K, V, V>(context, into, {
        add: (_key, value, state) => (state === undefined ? value : add(state, value)),
        subtract: (_key, value, state) => subtract(state, value),
      }),
  });
}
