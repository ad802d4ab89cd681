import { map } from '../rx.ts';
import { defineOperator, type Operator, operatorInfo } from './define-operator.ts';

export const mergeInfo = operatorInfo({ name: 'merge', node: 'KSTREAM-MERGE', keepsKey: true, keepsValue: true });

/**
 * Puts two streams into one.
 *
 * Records of the two are ordered by time as far as the task can see; between equal times no order is promised.
 *
 * @example Orders from the shop and from the phone
 * ```ts
 * shop.merge(phone);
 * ```
 */
export function merge<K, V>(): Operator<K, V, K, V> {
  return defineOperator(mergeInfo, { run: () => map((record) => record) });
}
