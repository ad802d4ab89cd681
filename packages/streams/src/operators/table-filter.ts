import { map } from '../rx.ts';
import { defineOperator, type Operator, operatorInfo } from './define-operator.ts';

export const tableFilterInfo = operatorInfo({
  name: 'tableFilter',
  node: 'KTABLE-FILTER',
  keepsKey: true,
  keepsValue: true,
});

/**
 * Keeps the rows that a predicate holds for. A row that it does not hold for is deleted from the result, so its change
 * goes on as a null value, even if the row was never there.
 *
 * @param predicate - Called once for each change of a row, not for deletions.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when `predicate` throws.
 * @example Customers who may order
 * ```ts
 * customers.filter((id, customer) => !customer.blocked);
 * ```
 */
export function tableFilter<K, V>(predicate: (key: K, value: V) => boolean): Operator<K, V | null, K, V | null> {
  return defineOperator(tableFilterInfo, {
    run: () =>
      map((record) => {
        const { key, value } = record;
        return value === null || predicate(key, value) ? record : record.withValue(null);
      }),
  });
}
