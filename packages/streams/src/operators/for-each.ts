import { emitting } from '../rx.ts';
import { defineOperator, type Operator, operatorInfo } from './define-operator.ts';

export const forEachInfo = operatorInfo({
  name: 'forEach',
  node: 'KSTREAM-FOREACH',
  keepsKey: true,
  keepsValue: true,
});

/**
 * Calls a function for each record and ends the stream.
 *
 * After a failure records are processed again, and the function is called again for them.
 *
 * @param act - Called once for each record; its result is not used, so a promise is not waited for.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when `act` throws.
 * @example Count what arrives
 * ```ts
 * orders.forEach(() => counter.add(1));
 * ```
 */
export function forEach<K, V>(act: (key: K, value: V) => void): Operator<K, V, K, V> {
  return defineOperator(forEachInfo, { run: () => emitting(() => (record) => act(record.key, record.value)) });
}
