import { Change } from '../change.ts';
import type { OldValues } from '../dsl/table-rows.ts';
import type { TableView } from '../dsl/table-view.ts';
import { StreamRecord } from '../record.ts';
import { emitting, map } from '../rx.ts';
import type { Timestamped } from '../state/store.ts';
import { defineOperator, type Operator, operatorInfo } from './define-operator.ts';

export const tableJoinInfo = operatorInfo({
  name: 'tableJoin',
  node: 'KTABLE-MERGE',
  keepsKey: true,
  keepsValue: false,
});

/** The node that joins changes of the table whose method was called. */
export const joinThisNode = 'KTABLE-JOINTHIS';

/** The node that joins changes of the other table. */
export const joinOtherNode = 'KTABLE-JOINOTHER';

/** Which rows a result must have, seen from one of the two tables. */
export interface JoinNeeds {
  /** There is a result only where this table has a row. */
  readonly own: boolean;
  /** There is a result only where the other table has a row. */
  readonly other: boolean;
}

/** Gives a row of the result. What is not needed may be null. */
export type TableJoiner<K, V, VO, V2> = (own: V | null, other: VO | null, key: K) => V2;

/**
 * Joins each change of one table with the row of the other: one half of a join of tables.
 *
 * The result has the larger timestamp of the two. A deletion is sent where a result may have been; where there was certainly
 * none, nothing is. Records without a key are dropped and counted, and so are, of a versioned table, rows of the past.
 *
 * @param other - The other table, partitioned alike.
 * @param joiner - Gives a row of the result; called for the row before as well when that is asked for.
 * @param how - Which rows a result must have, whether the row before goes with the new one, and whether rows of the past are dropped.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when `joiner` throws.
 * @example Customers with their addresses
 * ```ts
 * customers.join(addresses, (customer, address) => ({ ...customer, address }));
 * ```
 */
export function joinTables<K, V, VO, V2>(
  other: TableView<K, VO>,
  joiner: TableJoiner<K, V, VO, V2>,
  { needs, sent, dropsPast }: { readonly needs: JoinNeeds; readonly sent: OldValues; readonly dropsPast: boolean },
): Operator<K, Change<V>, K, Change<V2>> {
  const joined = rowJoiner(needs, joiner);
  return defineOperator(tableJoinInfo, {
    stores: other.stores,
    run: (context) => {
      const find = other.open(context.told);
      const { areSent } = sent;
      return emitting((emit) => (record) => {
        const { key, headers } = record;
        const { newValue, oldValue, isLatest } = record.value;
        if (key === null) return context.drop('null-key');
        if (dropsPast && !isLatest) return context.drop('out-of-order');
        const row = find(key);
        if (row === undefined && (needs.other || (newValue === null && oldValue === null))) return;
        const timestamp = row === undefined ? record.timestamp : Math.max(record.timestamp, row.timestamp);
        const before = areSent ? joined(oldValue, row, key) : null;
        const change = new Change(joined(newValue, row, key), before, isLatest);
        emit(new StreamRecord(key, change, timestamp, headers));
      });
    },
  });
}

/** Gives the row of the result for two rows, or null where there is none. */
function rowJoiner<K, V, VO, V2>(needs: JoinNeeds, joiner: TableJoiner<K, V, VO, V2>) {
  return (own: V | null, other: Timestamped<VO> | undefined, key: K): V2 | null => {
    if (own === null && (needs.own || other === undefined)) return null;
    if (other === undefined && needs.other) return null;
    return joiner(own, other === undefined ? null : other.value, key);
  };
}

/**
 * Puts the two halves of a join into one table, and keeps its rows if they are to be kept.
 *
 * @param store - The store of the result; undefined when it is not kept.
 * @param sent - Whether the row before goes with the new one.
 */
export function mergeTables<K, V>(store: string | undefined, sent: OldValues): Operator<K, Change<V>, K, Change<V>> {
  return defineOperator(tableJoinInfo, {
    stores: store === undefined ? [] : [store],
    run: (context) => {
      if (store === undefined) return map((record) => record);
      const rows = context.tableStore<K, V>(store);
      return emitting((emit) => {
        const held = context.hold<K, V>({ name: store, sent, emit });
        return (record) => {
          const { newValue, oldValue } = record.value;
          held?.by(record);
          const outcome = rows.set(record.key, newValue, record.timestamp);
          if (held !== undefined || outcome === 'refused') return;
          emit(record.withValue(new Change(newValue, oldValue, outcome === 'latest')));
        };
      });
    },
  });
}

/** The rows of a join, computed where they are looked up. */
export function joinedView<K, V, VO, V2>(
  own: TableView<K, V>,
  other: TableView<K, VO>,
  { needs, joiner }: { readonly needs: JoinNeeds; readonly joiner: TableJoiner<K, V, VO, V2> },
): TableView<K, V2> {
  const joined = rowJoiner(needs, joiner);
  return {
    stores: [...new Set([...own.stores, ...other.stores])],
    open: (context) => {
      const findOwn = own.open(context);
      const findOther = other.open(context);
      return (key) => {
        const mine = findOwn(key);
        const theirs = findOther(key);
        const value = joined(mine === undefined ? null : mine.value, theirs, key);
        if (value === null) return undefined;
        return { value, timestamp: Math.max(mine?.timestamp ?? -1, theirs?.timestamp ?? -1) };
      };
    },
  };
}
