import { filter as rxFilter } from '../rx.ts';
import { defineOperator, type Operator, operatorInfo } from './define-operator.ts';

export const filterInfo = operatorInfo({ name: 'filter', node: 'KSTREAM-FILTER', keepsKey: true, keepsValue: true });

/**
 * Lets through the records that a predicate holds for.
 *
 * @param predicate - Called once for each record.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when `predicate` throws.
 * @example Large orders
 * ```ts
 * orders.filter((id, order) => order.total > 1_000);
 * ```
 */
export function filter<K, V>(predicate: (key: K, value: V) => boolean): Operator<K, V, K, V> {
  return defineOperator(filterInfo, { run: () => rxFilter((record) => predicate(record.key, record.value)) });
}
