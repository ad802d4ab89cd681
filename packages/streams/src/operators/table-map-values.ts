import { map } from '../rx.ts';
import { defineOperator, type Operator, operatorInfo } from './define-operator.ts';

export const tableMapValuesInfo = operatorInfo({
  name: 'tableMapValues',
  node: 'KTABLE-MAPVALUES',
  keepsKey: true,
  keepsValue: false,
});

/**
 * Replaces the value of each row. A deletion stays a deletion.
 *
 * Where a join looks a row up, the function is called again for it, so it must give the same result for the same row.
 *
 * @param project - Called once for each change of a row, not for deletions.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when `project` throws.
 * @example Names of customers
 * ```ts
 * customers.mapValues((customer) => customer.name);
 * ```
 */
export function tableMapValues<K, V, V2>(project: (value: V, key: K) => V2): Operator<K, V | null, K, V2 | null> {
  return defineOperator(tableMapValuesInfo, {
    run: () => map((record) => record.withValue(record.value === null ? null : project(record.value, record.key))),
  });
}
