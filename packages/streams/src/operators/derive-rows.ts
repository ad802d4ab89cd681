import { Change } from '../change.ts';
import type { OldValues } from '../dsl/table-rows.ts';
import type { StreamRecord } from '../record.ts';
import { emitting } from '../rx.ts';
import type { Timestamped } from '../state/store.ts';
import type { OperatorContext } from './define-operator.ts';

/** How the result of an operator on a table is kept and told. */
export interface Result {
  /** Whether the rows before go with the new ones. */
  readonly sent: OldValues;
  /** The store of the result; undefined when it is not kept. */
  readonly store: string | undefined;
  /** Whether the table that it is computed from is versioned. */
  readonly isVersioned: boolean;
}

/** Computes nothing from nothing. */
export function ofRows<K, V, V2>(derive: (value: V, key: K) => V2 | null) {
  return (value: V | null, key: K) => (value === null ? null : derive(value, key));
}

/**
 * Computes each row of a result from one row of a table.
 *
 * @param derive - Gives the row of the result, or null for none. It is given null where there is no row.
 * @param skipsNothing - Whether a change from no row to no row ends here, where that is known.
 */
export function deriveRows<K, V, V2>(
  context: OperatorContext,
  { sent, store }: Result,
  { derive, skipsNothing }: { readonly derive: (value: V | null, key: K) => V2 | null; readonly skipsNothing: boolean },
) {
  const rows = store === undefined ? undefined : context.tableStore<K, V2>(store);
  const { areSent } = sent;
  return emitting<StreamRecord<K, Change<V>>, StreamRecord<K, Change<V2>>>((emit) => {
    const held = store === undefined ? undefined : context.hold<K, V2>({ name: store, sent, emit });
    // A row that is held knows itself what it was before.
    const needsBefore = areSent && (held === undefined || skipsNothing);
    return (record) => {
      const { key, value: change } = record;
      const now = derive(change.newValue, key);
      let before: V2 | null = null;
      if (needsBefore) before = rows === undefined ? derive(change.oldValue, key) : valueIn(rows.getWithTimestamp(key));
      if (skipsNothing && areSent && now === null && before === null) return;
      held?.by(record);
      const outcome = rows?.set(key, now, record.timestamp);
      if (held !== undefined || outcome === 'refused') return;
      const isLatest = outcome === undefined ? change.isLatest : outcome === 'latest';
      emit(record.withValue(new Change(now, before, isLatest)));
    };
  });
}

function valueIn<V>(row: Timestamped<V> | undefined): V | null {
  return row === undefined ? null : row.value;
}
