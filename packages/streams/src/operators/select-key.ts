import { map } from '../rx.ts';
import { defineOperator, type Operator, operatorInfo } from './define-operator.ts';

export const selectKeyInfo = operatorInfo({
  name: 'selectKey',
  node: 'KSTREAM-KEY-SELECT',
  keepsKey: false,
  keepsValue: true,
});

/**
 * Replaces the key of each record and keeps its value, timestamp and headers.
 *
 * A grouping or join downstream goes through a repartition topic.
 *
 * @param select - Called once for each record; returns the new key.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when `select` throws.
 * @example Orders by customer
 * ```ts
 * orders.selectKey((id, order) => order.customerId);
 * ```
 */
export function selectKey<K, V, K2>(select: (key: K, value: V) => K2): Operator<K, V, K2, V> {
  return defineOperator(selectKeyInfo, {
    run: () => map((record) => record.withKey(select(record.key, record.value))),
  });
}
