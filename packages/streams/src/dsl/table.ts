import type { Operator } from '../operators/define-operator.ts';
import type { Result } from '../operators/derive-rows.ts';
import { tableFilter, tableFilterInfo } from '../operators/table-filter.ts';
import { tableGroupBy, tableGroupByInfo } from '../operators/table-group-by.ts';
import type { TableJoiner } from '../operators/table-join.ts';
import { tableMapValues, tableMapValuesInfo } from '../operators/table-map-values.ts';
import {
  tableTransformValues,
  tableTransformValuesInfo,
  transformedView,
  type ValueTransformerSupplier,
} from '../operators/table-transform-values.ts';
import { toStream } from '../operators/to-stream.ts';
import type { KeyValue } from '../record.ts';
import type { Suppression } from '../windows/suppressed.ts';
import { derivedTable } from './derived-table.ts';
import { foreignKeyJoined } from './foreign-key-join.ts';
import type { Grouped } from './grouped.ts';
import { KGroupedTable } from './grouped-table.ts';
import type { Materialized } from './materialized.ts';
import { applyOperator, type Named, type Place, place, placeTable, type SerdeOf } from './node.ts';
import { KStream, type ProcessOptions } from './stream.ts';
import { suppressedTable } from './suppressed-table.ts';
import { joinedTable } from './table-join.ts';
import { rows, type TableRows } from './table-rows.ts';
import { derivedView, type TableView } from './table-view.ts';

/**
 * A table: the newest row of each key, and its changes. Each method adds a node; the operators' files have the details.
 *
 * With `{ store }` the result of a method is kept in a store of that name; without it rows are computed where they are
 * looked up.
 */
export class KTable<K, V> {
  readonly [place]: Place<K, V | null>;
  readonly [rows]: TableRows<K, V>;

  /** Made by the methods of builders, groups and tables. */
  constructor(at: Place<K, V | null>, tableRows: TableRows<K, V>) {
    this[place] = at;
    this[rows] = tableRows;
  }

  /** Keeps the rows that a predicate holds for: `tableFilter(predicate)`. */
  filter(predicate: (key: K, value: V) => boolean, options: Materialized<K, V> = {}): KTable<K, V> {
    // Where the rows before are at hand anyway, no deletion is sent for a row that was never there.
    const isTold = this[rows].sendOldValues(false);
    const table = derivedTable<K, V, V>(
      this,
      {
        info: tableFilterInfo,
        view: (parent) => derivedView(parent, (value, key) => (predicate(key, value) ? value : null)),
        operator: (result) => tableFilter(predicate, result),
        counts: true,
        value: this[place].value as SerdeOf<V> | undefined,
      },
      options,
    );
    if (isTold) table[rows].sendOldValues(false);
    return table;
  }

  /** Keeps the rows that a predicate does not hold for: `tableFilter`. */
  filterNot(predicate: (key: K, value: V) => boolean, options?: Materialized<K, V>): KTable<K, V> {
    return this.filter((key, value) => !predicate(key, value), options);
  }

  /** Replaces the value of each row: `tableMapValues(project)`. */
  mapValues<V2>(project: (value: V, key: K) => V2, options: Materialized<K, V2> = {}): KTable<K, V2> {
    const operator = (result: Result) => tableMapValues<K, V, V2>(project, result);
    const view = (parent: TableView<K, V>) => derivedView(parent, project);
    return derivedTable(this, { info: tableMapValuesInfo, view, operator, value: undefined, counts: true }, options);
  }

  /**
   * Replaces the value of each row by a function of each task, which may use stores: `tableTransformValues(supplier)`.
   *
   * Unlike `mapValues` it is also asked what becomes of no row, for which it is given null.
   */
  transformValues<V2>(
    supplier: ValueTransformerSupplier<K, V, V2>,
    { stores = [], ...options }: Materialized<K, V2> & ProcessOptions = {},
  ): KTable<K, V2> {
    const names = this[place].builder.addStores(stores);
    const operator = (result: Result) => tableTransformValues(supplier, names, result);
    const view = (parent: TableView<K, V>) => transformedView(parent, supplier, names);
    return derivedTable(
      this,
      { info: tableTransformValuesInfo, view, operator, value: undefined, counts: false },
      options,
    );
  }

  /**
   * Groups rows by another key, through a topic of the application: `tableGroupBy(select)`.
   *
   * @param select - Gives the group of a row, and what of it is gathered there.
   * @param grouped - The serdes of both, and the name of the topic.
   */
  groupBy<K2, V2>(
    select: (key: K, value: V) => KeyValue<NoInfer<K2> | null, NoInfer<V2> | null>,
    grouped: Grouped<K2, V2> & { readonly key: SerdeOf<K2>; readonly value: SerdeOf<V2> },
  ): KGroupedTable<K2, V2> {
    const { key, value } = grouped;
    const name = this[place].builder.names.node(tableGroupByInfo.node, grouped.name);
    const how = { isSameKey: sameBytes(key), skipsPast: this[rows].historyMs !== undefined };
    const at = placeTable(this[place], tableGroupBy<K, V, K2, V2>(select, how), name);
    this[rows].sendOldValues(true);
    return new KGroupedTable<K2, V2>({ ...at, key, value: value as Place<K2, V2 | null>['value'] }, grouped);
  }

  /** Joins the rows of two tables that have the same key: `tableJoin`. There is a result where both have a row. */
  join<VO, V2>(
    other: KTable<K, VO>,
    joiner: (value: V, other: VO, key: K) => V2,
    options: Materialized<K, V2> = {},
  ): KTable<K, V2> {
    const join = joiner as TableJoiner<K, V, VO, V2>;
    return joinedTable(this, other, join, { needs: { own: true, other: true }, options });
  }

  /** Joins like {@link join}; there is a result where this table has a row, and null stands for the other's if there is none. */
  leftJoin<VO, V2>(
    other: KTable<K, VO>,
    joiner: (value: V, other: VO | null, key: K) => V2,
    options: Materialized<K, V2> = {},
  ): KTable<K, V2> {
    const join = joiner as TableJoiner<K, V, VO, V2>;
    return joinedTable(this, other, join, { needs: { own: true, other: false }, options });
  }

  /** Joins like {@link join}; there is a result where either has a row, and null stands for the one that is not there. */
  outerJoin<VO, V2>(
    other: KTable<K, VO>,
    joiner: (value: V | null, other: VO | null, key: K) => V2,
    options: Materialized<K, V2> = {},
  ): KTable<K, V2> {
    return joinedTable(this, other, joiner, { needs: { own: false, other: false }, options });
  }

  /**
   * Joins rows with the rows of another table that they name, through two topics of the application: `foreignKeyJoin`.
   *
   * @param other - The other table. Serdes of keys and values of both tables must be known.
   * @param foreignKey - Gives the key of the other row, or null for none.
   * @param joiner - Gives the row of the result; there is one where there is the other row.
   * @param options - How the result is kept; `name` is the start of the names of the nodes, topics and store in between.
   */
  joinForeign<KO, VO, V2>(
    other: KTable<KO, VO>,
    foreignKey: (value: V, key: K) => KO | null,
    joiner: (value: V, other: VO, key: K) => V2,
    options: Materialized<K, V2> = {},
  ): KTable<K, V2> {
    const join = joiner as (value: V, other: VO | null, key: K) => V2;
    return foreignKeyJoined(this, other, { foreignKey, joiner: join, isLeft: false }, options);
  }

  /** Joins like {@link joinForeign}; null stands for the other row where there is none, or none is named. */
  leftJoinForeign<KO, VO, V2>(
    other: KTable<KO, VO>,
    foreignKey: (value: V, key: K) => KO | null,
    joiner: (value: V, other: VO | null, key: K) => V2,
    options: Materialized<K, V2> = {},
  ): KTable<K, V2> {
    return foreignKeyJoined(this, other, { foreignKey, joiner, isLeft: true }, options);
  }

  /** Holds changes back and sends only the last one of each key: `suppress`. */
  suppress(suppression: Suppression): KTable<K, V> {
    return suppressedTable(this, suppression);
  }

  /** Reads the changes as a stream; a deleted row comes as null: `toStream()`. */
  toStream(named?: Named): KStream<K, V | null> {
    const operator = toStream<K, V>() as unknown as Operator<K, V | null, K, V | null>;
    return new KStream(applyOperator(this[place], operator, named));
  }
}

/** Whether two keys are one: values that are not objects by themselves, others by their bytes. */
function sameBytes<K>(key: SerdeOf<K>): (a: K, b: K) => boolean {
  const bytesOf = (each: K) => key.serialize('', each as Exclude<K, null>);
  return (a, b) => a === b || (typeof a === 'object' && bytesOf(a)?.equals(bytesOf(b) ?? Buffer.alloc(0)) === true);
}
