import type { TableView } from '../dsl/table-view.ts';
import { emitting } from '../rx.ts';
import { defineOperator, type Operator, operatorInfo } from './define-operator.ts';

export const joinGlobalInfo = operatorInfo({
  name: 'joinGlobal',
  node: 'KSTREAM-LEFTJOIN',
  keepsKey: true,
  keepsValue: false,
});

/** How a stream is joined with a global table. */
export interface GlobalJoin<K, V, KG, VG, V2> {
  /** Gives the key of the row that a record is joined with. */
  readonly select: (key: K, value: V) => KG | null;
  /** Gives the value of the result; the row is null only in a left join. */
  readonly joiner: (value: V, row: VG | null, key: K) => V2;
  /** Whether records without a row have a result. */
  readonly isLeft: boolean;
}

/**
 * Joins each record of a stream with a row of a global table, by a key that is taken from the record.
 *
 * The stream needs no repartitioning. The result has the record's key and timestamp, and the row is what this instance has
 * read of the table so far. Records without a value are dropped and counted, and in an inner join those for which no key is
 * selected.
 *
 * @param table - The global table.
 * @param join - How they are joined.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when `select` or `joiner` throws.
 * @example Orders with what they are about
 * ```ts
 * const articles = builder.globalTable('articles', { key: string, value: json<Article>() });
 * orders.joinGlobal(articles, (id, order) => order.sku, (order, article) => ({ ...order, name: article.name }));
 * ```
 */
export function joinGlobal<K, V, KG, VG, V2>(
  table: TableView<KG, VG>,
  { select, joiner, isLeft }: GlobalJoin<K, V, KG, VG, V2>,
): Operator<K, V, K, V2> {
  return defineOperator(joinGlobalInfo, {
    stores: table.stores,
    run: (context) => {
      const find = table.open(context);
      return emitting((emit) => (record) => {
        const { key, value } = record;
        if (value === null) return context.drop('null-value');
        const selected = select(key, value);
        if (selected === null && !isLeft) return context.drop('null-key');
        const row = selected === null ? undefined : find(selected);
        if (row === undefined && !isLeft) return;
        emit(record.withValue(joiner(value, row === undefined ? null : row.value, key)));
      });
    },
  });
}
