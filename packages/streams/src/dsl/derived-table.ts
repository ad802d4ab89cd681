import type { Change } from '../change.ts';
import type { Operator, OperatorInfo } from '../operators/define-operator.ts';
import type { Result } from '../operators/derive-rows.ts';
import { addTableStore, historyOf, type Materialized } from './materialized.ts';
import { type Place, place, placeTable, type SerdeOf } from './node.ts';
import { KTable } from './table.ts';
import { DerivedRows, KeptRows, rows } from './table-rows.ts';
import { storeView, type TableView } from './table-view.ts';

/** How a table is computed row by row from another one. */
export interface Derivation<K, V, V2> {
  readonly info: OperatorInfo;
  /** How rows of the result are looked up where they are not kept. */
  readonly view: (parent: TableView<K, V>) => TableView<K, V2>;
  readonly operator: (result: Result) => Operator<K, Change<V>, K, Change<V2>>;
  /** Whether Kafka Streams counts a store that has no name. */
  readonly counts: boolean;
  /** The serde of the result, as far as it is known without options. */
  readonly value: SerdeOf<V2> | undefined;
}

/** Adds the node that computes a table from another one, and its store if the result is to be kept. */
export function derivedTable<K, V, V2>(
  parent: KTable<K, V>,
  { info, view, operator, value: known, counts }: Derivation<K, V, V2>,
  options: Materialized<K, V2>,
): KTable<K, V2> {
  const from = parent[place];
  const { key = from.key, value = known } = options;
  const serdes = { key, value };
  const store = addTableStore(from.builder, options, {
    ...serdes,
    ...{ prefix: info.node, method: `${info.name}()`, counts },
  });
  const table =
    store === undefined
      ? new DerivedRows<K, V, V2>(parent[rows], view)
      : new KeptRows<K, V2>(storeView(store, historyOf(options)));
  const name = from.builder.names.node(info.node, options.name);
  const at = placeTable(
    from,
    operator({ sent: table, store, isVersioned: parent[rows].historyMs !== undefined }),
    name,
  );
  return new KTable<K, V2>({ ...at, key, value: value as Place<K, V2 | null>['value'] }, table);
}
