import { Change } from '../change.ts';
import type { OldValues } from '../dsl/table-rows.ts';
import type { StreamRecord } from '../record.ts';
import { emitting } from '../rx.ts';
import type { OperatorContext } from './define-operator.ts';

/** How the result of an operator on a table is kept and told. */
export interface Result {
  /** Whether the rows before go with the new ones. */
  readonly sent: OldValues;
  /** The store of the result; undefined when it is not kept. */
  readonly store: string | undefined;
}

/**
 * Computes each row of a result from one row of a table.
 *
 * @param derive - Gives the row of the result, or null for none.
 * @param skipsNothing - Whether a change from no row to no row ends here, where that is known.
 */
export function deriveRows<K, V, V2>(
  context: OperatorContext,
  { sent: { areSent }, store }: Result,
  { derive, skipsNothing }: { readonly derive: (value: V, key: K) => V2 | null; readonly skipsNothing: boolean },
) {
  const rows = store === undefined ? undefined : context.keyValueStore<K, V2>(store);
  const derived = (value: V | null, key: K) => (value === null ? null : derive(value, key));
  return emitting<StreamRecord<K, Change<V>>, StreamRecord<K, Change<V2>>>((emit) => (record) => {
    const { key, value: change } = record;
    const now = derived(change.newValue, key);
    let before: V2 | null = null;
    if (areSent) before = rows === undefined ? derived(change.oldValue, key) : (rows.get(key) ?? null);
    if (skipsNothing && areSent && now === null && before === null) return;
    if (now === null) rows?.delete(key, record.timestamp);
    else rows?.put(key, now, record.timestamp);
    emit(record.withValue(new Change(now, before, change.isLatest)));
  });
}
