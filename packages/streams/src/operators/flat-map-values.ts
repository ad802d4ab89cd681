import { emitting } from '../rx.ts';
import { defineOperator, type Operator, operatorInfo } from './define-operator.ts';

export const flatMapValuesInfo = operatorInfo({
  name: 'flatMapValues',
  node: 'KSTREAM-FLATMAPVALUES',
  keepsKey: true,
  keepsValue: false,
});

/**
 * Replaces each record by one record for each value that a function returns, with the same key, timestamp and headers.
 *
 * The key stays, so nothing downstream is repartitioned.
 *
 * @param project - Called once for each record; returns values in the order to send them.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when `project` or what it returns throws.
 * @example Words of a text
 * ```ts
 * texts.flatMapValues((text) => text.toLowerCase().split(' '));
 * ```
 */
export function flatMapValues<K, V, V2>(project: (value: V, key: K) => Iterable<V2>): Operator<K, V, K, V2> {
  return defineOperator(flatMapValuesInfo, {
    run: () =>
      emitting((emit) => (record) => {
        for (const value of project(record.value, record.key)) emit(record.withValue(value));
      }),
  });
}
