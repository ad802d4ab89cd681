import type { Change } from '../change.ts';
import type { OldValues } from '../dsl/table-rows.ts';
import { gather } from './aggregate.ts';
import { defineOperator, type Operator, operatorInfo } from './define-operator.ts';

export const reduceInfo = operatorInfo({
  name: 'reduce',
  node: 'KSTREAM-REDUCE',
  keepsKey: true,
  keepsValue: true,
});

/**
 * Combines the values of each key, kept in a store, and sends every new state. The first value is taken as it is.
 *
 * Records without key or value are dropped and counted.
 *
 * @param store - The store's name.
 * @param combine - Gives one value for two; null deletes the key's value.
 * @param sent - Whether the value before goes with the new one.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when `combine` throws.
 * @example The largest order of each customer
 * ```ts
 * byCustomer.reduce((a, b) => (a.total >= b.total ? a : b), { store: 'largest' });
 * ```
 */
export function reduce<K, V>(
  store: string,
  combine: (aggregate: V, value: V) => V | null,
  sent: OldValues,
): Operator<K, V, K, Change<V>> {
  return defineOperator(reduceInfo, {
    stores: [store],
    run: (context) =>
      gather<K, V, V>(context, { store, sent }, (_key, value, old) =>
        old === undefined ? value : combine(old, value),
      ),
  });
}
