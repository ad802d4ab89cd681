import type { KeyValue } from '../record.ts';
import { StreamRecord } from '../record.ts';
import { emitting } from '../rx.ts';
import { defineOperator, type Operator, operatorInfo } from './define-operator.ts';

export const flatMapInfo = operatorInfo({
  name: 'flatMap',
  node: 'KSTREAM-FLATMAP',
  keepsKey: false,
  keepsValue: false,
});

/**
 * Replaces each record by any number of records with its timestamp and headers.
 *
 * The key may change, so a grouping or join downstream goes through a repartition topic.
 *
 * @param project - Called once for each record; returns keys and values in the order to send them.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when `project` or what it returns throws.
 * @example One record for each line of an order
 * ```ts
 * orders.flatMap((id, order) => order.lines.map((line) => [line.sku, line.quantity] as const));
 * ```
 */
export function flatMap<K, V, K2, V2>(
  project: (key: K, value: V) => Iterable<KeyValue<K2, V2>>,
): Operator<K, V, K2, V2> {
  return defineOperator(flatMapInfo, {
    run: () =>
      emitting((emit) => (record) => {
        for (const [key, value] of project(record.key, record.value)) {
          emit(new StreamRecord(key, value, record.timestamp, record.headers));
        }
      }),
  });
}
