import type { Change } from '../change.ts';
import type { TableView } from '../dsl/table-view.ts';
import { defineOperator, type Operator, type OperatorContext, operatorInfo } from './define-operator.ts';
import { deriveRows, type Result } from './derive-rows.ts';
import { ForwardingContext, type ProcessorContext } from './process.ts';
import type { Schedule } from './punctuation.ts';

export const tableTransformValuesInfo = operatorInfo({
  name: 'tableTransformValues',
  node: 'KTABLE-TRANSFORMVALUES',
  keepsKey: true,
  keepsValue: false,
});

/** What a transformer of values can do in its task: all that a processor can, but for forwarding. */
export type ValueTransformerContext = Omit<ProcessorContext<never, never>, 'forward'>;

/** Gives the row of the result for a row, or for null where there is none. Null is no row. */
export type ValueTransformer<K, V, V2> = (value: V | null, key: K) => V2 | null;

/** Makes the transformer of one task. */
export type ValueTransformerSupplier<K, V, V2> = (context: ValueTransformerContext) => ValueTransformer<K, V, V2>;

/**
 * Replaces the value of each row by a function that may use stores.
 *
 * Where the result is not kept, the row before is told, and rows are looked up, by calling a function again: with state, that may give
 * something else than it gave at first, so results that depend on it are to be kept.
 *
 * @param supplier - Called once for each task, and again for each join that looks rows up.
 * @param stores - The names of the stores that the transformer uses.
 * @param result - How the result is kept and told.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when the supplier or the transformer throws.
 * @example How often a customer has changed
 * ```ts
 * const changes = keyValueStore({ name: 'changes', key: string, value: int32 });
 * customers.transformValues<number>(({ keyValueStore }) => {
 *   const counts = keyValueStore<string, number>('changes');
 *   return (_customer, id) => {
 *     const count = (counts.get(id) ?? 0) + 1;
 *     counts.put(id, count);
 *     return count;
 *   };
 * }, { stores: [changes], store: 'change-counts', value: int32 });
 * ```
 */
export function tableTransformValues<K, V, V2>(
  supplier: ValueTransformerSupplier<K, V, V2>,
  stores: readonly string[],
  result: Result,
): Operator<K, Change<V>, K, Change<V2>> {
  return defineOperator(tableTransformValuesInfo, {
    stores: result.store === undefined ? stores : [result.store, ...stores],
    run: (context) => deriveRows<K, V, V2>(context, result, { derive: opened(supplier, context), skipsNothing: false }),
  });
}

/** The rows of a result that is not kept. */
export function transformedView<K, V, V2>(
  parent: TableView<K, V>,
  supplier: ValueTransformerSupplier<K, V, V2>,
  stores: readonly string[],
): TableView<K, V2> {
  return {
    stores: [...parent.stores, ...stores],
    historyMs: parent.historyMs,
    open: (context) => {
      const find = parent.open(context);
      const transform = opened(supplier, context);
      return (key, asOfTimestamp) => {
        const row = find(key, asOfTimestamp);
        const value = transform(row === undefined ? null : row.value, key);
        return value === null ? undefined : { value, timestamp: row?.timestamp ?? -1 };
      };
    },
  };
}

function opened<K, V, V2>(supplier: ValueTransformerSupplier<K, V, V2>, context: OperatorContext) {
  const schedule: Schedule = (...asked) => context.schedule(...asked);
  return supplier(new ForwardingContext<never, never>(context, { forward: () => {}, schedule }));
}
