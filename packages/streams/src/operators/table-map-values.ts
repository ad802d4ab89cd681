import type { Change } from '../change.ts';
import { defineOperator, type Operator, operatorInfo } from './define-operator.ts';
import { deriveRows, ofRows, type Result } from './derive-rows.ts';

export const tableMapValuesInfo = operatorInfo({
  name: 'tableMapValues',
  node: 'KTABLE-MAPVALUES',
  keepsKey: true,
  keepsValue: false,
});

/**
 * Replaces the value of each row. A deletion stays a deletion.
 *
 * Where a row is looked up or told as the one before, the function is called again for it unless the result is kept, so it
 * must give the same result for the same row.
 *
 * @param project - Called for rows, not for deletions.
 * @param result - How the result is kept and told.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when `project` throws.
 * @example Names of customers
 * ```ts
 * customers.mapValues((customer) => customer.name);
 * ```
 */
export function tableMapValues<K, V, V2>(
  project: (value: V, key: K) => V2 | null,
  result: Result,
): Operator<K, Change<V>, K, Change<V2>> {
  return defineOperator(tableMapValuesInfo, {
    stores: result.store === undefined ? [] : [result.store],
    run: (context) => deriveRows<K, V, V2>(context, result, { derive: ofRows(project), skipsNothing: false }),
  });
}
