import { tap } from '../rx.ts';
import { defineOperator, type Operator, operatorInfo } from './define-operator.ts';

export const peekInfo = operatorInfo({ name: 'peek', node: 'KSTREAM-PEEK', keepsKey: true, keepsValue: true });

/**
 * Calls a function for each record and lets the record through.
 *
 * After a failure records are processed again, and the function is called again for them.
 *
 * @param look - Called once for each record; its result is not used.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when `look` throws.
 * @example Print what passes
 * ```ts
 * orders.peek((id, order) => console.log(id, order));
 * ```
 */
export function peek<K, V>(look: (key: K, value: V) => void): Operator<K, V, K, V> {
  return defineOperator(peekInfo, { run: () => tap((record) => look(record.key, record.value)) });
}
