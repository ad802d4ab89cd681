import type { Change } from '../change.ts';
import { defineOperator, type Operator, operatorInfo } from './define-operator.ts';
import { deriveRows, ofRows, type Result } from './derive-rows.ts';

export const tableFilterInfo = operatorInfo({
  name: 'tableFilter',
  node: 'KTABLE-FILTER',
  keepsKey: true,
  keepsValue: true,
});

/**
 * Keeps the rows that a predicate holds for. A row that it does not hold for is deleted from the result.
 *
 * Where the rows before are known, a deletion goes on only if the row was there; where they are not, it always does. So it does where the
 * rows are versioned: the past of the result needs it.
 *
 * @param predicate - Called for rows, not for deletions, and again where a join looks a row up.
 * @param result - How the result is kept and told.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when `predicate` throws.
 * @example Customers who may order
 * ```ts
 * customers.filter((id, customer) => !customer.blocked);
 * ```
 */
export function tableFilter<K, V>(
  predicate: (key: K, value: V) => boolean,
  result: Result,
): Operator<K, Change<V>, K, Change<V>> {
  const derive = ofRows((value: V, key: K) => (predicate(key, value) ? value : null));
  return defineOperator(tableFilterInfo, {
    stores: result.store === undefined ? [] : [result.store],
    run: (context) => deriveRows<K, V, V>(context, result, { derive, skipsNothing: !result.isVersioned }),
  });
}
