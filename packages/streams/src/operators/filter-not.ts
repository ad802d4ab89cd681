import { filter as rxFilter } from '../rx.ts';
import { defineOperator, type Operator, operatorInfo } from './define-operator.ts';

export const filterNotInfo = operatorInfo({
  name: 'filterNot',
  node: 'KSTREAM-FILTER',
  keepsKey: true,
  keepsValue: true,
});

/**
 * Lets through the records that a predicate does not hold for.
 *
 * @param predicate - Called once for each record.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when `predicate` throws.
 * @example Orders that are not test orders
 * ```ts
 * orders.filterNot((id) => id.startsWith('test-'));
 * ```
 */
export function filterNot<K, V>(predicate: (key: K, value: V) => boolean): Operator<K, V, K, V> {
  return defineOperator(filterNotInfo, { run: () => rxFilter((record) => !predicate(record.key, record.value)) });
}
