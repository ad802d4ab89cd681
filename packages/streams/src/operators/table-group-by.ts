import { Change } from '../change.ts';
import type { KeyValue } from '../record.ts';
import { StreamRecord } from '../record.ts';
import { emitting } from '../rx.ts';
import { defineOperator, type Operator, operatorInfo } from './define-operator.ts';

export const tableGroupByInfo = operatorInfo({
  name: 'tableGroupBy',
  node: 'KTABLE-SELECT',
  keepsKey: false,
  keepsValue: false,
});

/**
 * Sends each change of a row to the group that the row belongs to.
 *
 * A row that moves to another group is taken from the old one by one record, and added to the new one by another, in this
 * order. Within a group old and new go in one record (KIP-904), so that no result in between is seen.
 *
 * @param select - Gives the group and the value of a row; a null in either leaves the row out. It must give the same for the
 * same row, since it is called again when the row goes.
 * @param how - Whether two groups are one, and whether rows of the past are left out: those of a versioned table, which would take
 * what is gathered of the newest row.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when `select` throws.
 * @example Customers by country
 * ```ts
 * customers.groupBy((id, customer) => [customer.country, customer], { key: string, value: json<Customer>() }).count();
 * ```
 */
export function tableGroupBy<K, V, K2, V2>(
  select: (key: K, value: V) => KeyValue<K2 | null, V2 | null>,
  { isSameKey, skipsPast }: { readonly isSameKey: (a: K2, b: K2) => boolean; readonly skipsPast: boolean },
): Operator<K, Change<V>, K2, Change<V2>> {
  const chosen = (key: K, value: V | null): KeyValue<K2, V2> | undefined => {
    if (value === null) return undefined;
    const pair = select(key, value);
    return pair[0] === null || pair[1] === null ? undefined : (pair as KeyValue<K2, V2>);
  };
  return defineOperator(tableGroupByInfo, {
    run: () =>
      emitting((emit) => ({ key, value: { newValue, oldValue, isLatest }, timestamp, headers }) => {
        if (skipsPast && !isLatest) return;
        const now = chosen(key, newValue);
        const before = chosen(key, oldValue);
        const send = (group: K2, change: Change<V2>) => emit(new StreamRecord(group, change, timestamp, headers));
        if (now !== undefined && before !== undefined && isSameKey(before[0], now[0])) {
          send(before[0], new Change(now[1], before[1], isLatest));
          return;
        }
        if (before !== undefined) send(before[0], new Change<V2>(null, before[1], isLatest));
        if (now !== undefined) send(now[0], new Change<V2>(now[1], null, isLatest));
      }),
  });
}
