import type { TableView } from '../dsl/table-view.ts';
import type { StreamRecord } from '../record.ts';
import { emitting } from '../rx.ts';
import { defineOperator, type Operator, type OperatorInfo, operatorInfo } from './define-operator.ts';

export const joinInfo = operatorInfo({ name: 'join', node: 'KSTREAM-JOIN', keepsKey: true, keepsValue: false });

export const leftJoinInfo = operatorInfo({
  name: 'leftJoin',
  node: 'KSTREAM-LEFTJOIN',
  keepsKey: true,
  keepsValue: false,
});

/**
 * Joins each record of a stream with the row of its key, as the table stands when the record is processed.
 *
 * Only records of the stream send results, with the record's timestamp. Records without key or value are dropped and
 * counted, and so are, silently, those without a row.
 *
 * @param table - The table, partitioned like the stream.
 * @param joiner - Gives the value of the result.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when `joiner` throws.
 * @example Orders with their customers
 * ```ts
 * orders.join(customers, (order, customer) => ({ ...order, name: customer.name }));
 * ```
 */
export function joinTable<K, V, VT, V2>(
  table: TableView<K, VT>,
  joiner: (value: V, row: VT, key: K) => V2,
): Operator<K, V, K, V2> {
  return lookup(joinInfo, table, (record, row, emit) => {
    if (row !== undefined) emit(record.withValue(joiner(record.value, row, record.key)));
  });
}

/**
 * Joins like {@link joinTable}, and gives null to the joiner where there is no row. A record without a key has none.
 *
 * @param table - The table, partitioned like the stream.
 * @param joiner - Gives the value of the result.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when `joiner` throws.
 * @example Orders with their customers, if they are known
 * ```ts
 * orders.leftJoin(customers, (order, customer) => ({ ...order, name: customer?.name ?? 'unknown' }));
 * ```
 */
export function leftJoinTable<K, V, VT, V2>(
  table: TableView<K, VT>,
  joiner: (value: V, row: VT | null, key: K) => V2,
): Operator<K, V, K, V2> {
  return lookup(leftJoinInfo, table, (record, row, emit) => {
    emit(record.withValue(joiner(record.value, row ?? null, record.key)));
  });
}

type Found<K, V, VT, V2> = (
  record: StreamRecord<K, V>,
  row: VT | undefined,
  emit: (record: StreamRecord<K, V2>) => void,
) => void;

function lookup<K, V, VT, V2>(info: OperatorInfo, table: TableView<K, VT>, found: Found<K, V, VT, V2>) {
  const keepsNullKeys = info === leftJoinInfo;
  return defineOperator<K, V, K, V2>(info, {
    stores: table.stores,
    run: (context) => {
      const find = table.open(context);
      return emitting((emit) => (record) => {
        if (record.value === null) return context.drop('null-value');
        if (record.key !== null) return found(record, find(record.key)?.value, emit);
        if (keepsNullKeys) return found(record, undefined, emit);
        context.drop('null-key');
      });
    },
  });
}
