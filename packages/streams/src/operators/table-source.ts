import { Change } from '../change.ts';
import type { OldValues } from '../dsl/table-rows.ts';
import type { StreamRecord } from '../record.ts';
import { emitting } from '../rx.ts';
import type { Run } from '../topology/topology.ts';
import { expiring } from './aggregate.ts';
import { operatorInfo } from './define-operator.ts';
import { RowExpiry } from './row-expiry.ts';

export const tableSourceInfo = operatorInfo({
  name: 'tableSource',
  node: 'KTABLE-SOURCE',
  keepsKey: true,
  keepsValue: true,
});

/**
 * Reads a stream as a table: each record is the new row of its key, and a null value deletes the row.
 *
 * Rows are kept in a store when something downstream needs them. Rows that come late are applied all the same, as they do
 * in Kafka Streams; a versioned store puts them into the past, and refuses those that are older than its history. Records without a key are dropped and counted.
 *
 * @param table - Whether and where rows are kept.
 */
export function tableSource(table: OldValues & { readonly store: string | undefined }): Run {
  return (context) => {
    const { store, areSent } = table;
    const rows = store === undefined ? undefined : context.tableStore<unknown, unknown>(store);
    const expiry = store === undefined ? undefined : RowExpiry.of<unknown, unknown>(context, store);
    return emitting((emit) => {
      const held = store === undefined ? undefined : context.hold({ name: store, sent: table, emit });
      const expire = rows && expiring({ store: rows, sent: table, held, emit });
      return (input) => {
        const record = input as StreamRecord<unknown, unknown>;
        if (record.key === null) return context.drop('null-key');
        if (expire && expiry?.admits(record.timestamp, expire) === false) return context.drop('late');
        held?.by(record);
        const before = areSent && !held ? (rows?.getWithTimestamp(record.key)?.value ?? null) : null;
        const outcome = rows?.set(record.key, record.value, record.timestamp) ?? 'latest';
        expiry?.note(record.key, record.timestamp);
        if (held !== undefined || outcome === 'refused') return;
        emit(record.withValue(new Change(record.value, before, outcome === 'latest')));
      };
    });
  };
}
