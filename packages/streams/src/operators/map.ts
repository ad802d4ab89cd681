import type { KeyValue } from '../record.ts';
import { StreamRecord } from '../record.ts';
import { map as rxMap } from '../rx.ts';
import { defineOperator, type Operator, operatorInfo } from './define-operator.ts';

export const mapInfo = operatorInfo({ name: 'map', node: 'KSTREAM-MAP', keepsKey: false, keepsValue: false });

/**
 * Replaces the key and the value of each record and keeps its timestamp and headers.
 *
 * The key may change, so a grouping or join downstream goes through a repartition topic; `mapValues` does without.
 *
 * @param project - Called once for each record; returns key and value.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when `project` throws.
 * @example Orders by customer
 * ```ts
 * orders.map((id, order) => [order.customerId, order.total]);
 * ```
 */
export function map<K, V, K2, V2>(project: (key: K, value: V) => KeyValue<K2, V2>): Operator<K, V, K2, V2> {
  return defineOperator(mapInfo, {
    run: () =>
      rxMap((record) => {
        const [key, value] = project(record.key, record.value);
        return new StreamRecord(key, value, record.timestamp, record.headers);
      }),
  });
}
