import type { Change } from '../change.ts';
import type { OldValues } from '../dsl/table-rows.ts';
import { type Aggregator, gather } from './aggregate.ts';
import { defineOperator, type Operator, operatorInfo } from './define-operator.ts';

export const cogroupInfo = operatorInfo({
  name: 'cogroup',
  node: 'COGROUPKSTREAM-AGGREGATE',
  keepsKey: true,
  keepsValue: false,
});

/**
 * Gathers the values of one of several grouped streams into the state that they share, and sends every new state (KIP-150).
 *
 * Each group has a node of its own with its own function; all have the one store. Records without key or value are dropped and counted.
 *
 * @param store - The store's name.
 * @param initialize - Gives what a key starts with.
 * @param add - Adds one value of this group.
 * @param sent - Whether the state before goes with the new one.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when a function throws.
 * @example What a customer ordered and paid
 * ```ts
 * orders
 *   .groupByKey()
 *   .cogroup<number>((customer, order, balance) => balance - order.total)
 *   .cogroup(payments.groupByKey(), (customer, payment, balance) => balance + payment.amount)
 *   .aggregate(() => 0, { value: float64 });
 * ```
 */
export function cogroup<K, V, A>(
  { store, initialize, add }: { store: string; initialize: () => A; add: Aggregator<K, V, A> },
  sent: OldValues,
): Operator<K, V, K, Change<A>> {
  return defineOperator(cogroupInfo, {
    stores: [store],
    run: (context) =>
      gather<K, V, A>(context, { store, sent }, (key, value, old) =>
        add(key, value, old === undefined ? initialize() : old),
      ),
  });
}
