import {
  type JoinNeeds,
  joinedView,
  joinOtherNode,
  joinTables,
  joinThisNode,
  mergeTables,
  type TableJoiner,
  tableJoinInfo,
} from '../operators/table-join.ts';
import { historyOf, isMaterialized, type Materialized, storeName, tableSpec } from './materialized.ts';
import { type Place, place, placeTable, runOf } from './node.ts';
import { KTable } from './table.ts';
import { rows, type TableRows } from './table-rows.ts';
import { storeView, type TableView } from './table-view.ts';

/** The rows of a join. Old values of the result take those of both tables. */
class JoinedRows<K, V> implements TableRows<K, V> {
  readonly #tables: readonly Pick<TableRows<K, unknown>, 'sendOldValues'>[];
  readonly #view: TableView<K, V>;
  areSent = false;

  constructor(view: TableView<K, V>, tables: readonly Pick<TableRows<K, unknown>, 'sendOldValues'>[]) {
    this.#view = view;
    this.#tables = tables;
  }

  get historyMs(): number | undefined {
    return this.#view.historyMs;
  }

  view(): TableView<K, V> {
    return this.#view;
  }

  sendOldValues(): boolean {
    for (const table of this.#tables) table.sendOldValues(true);
    this.areSent = true;
    return true;
  }
}

/** Adds the three nodes of a join of tables: one half for the changes of each, and the one where they meet. */
export function joinedTable<K, V, VO, V2>(
  own: KTable<K, V>,
  other: KTable<K, VO>,
  joiner: TableJoiner<K, V, VO, V2>,
  { needs, options }: { readonly needs: JoinNeeds; readonly options: Materialized<K, V2> },
): KTable<K, V2> {
  const from = own[place];
  const { builder } = from;
  const { name, value, key = from.key } = options;
  const store = isMaterialized(options) ? storeName(builder, options.store, tableJoinInfo.node) : undefined;
  const merge = builder.names.node(tableJoinInfo.node, name);
  const sources = new Set([...from.sources, ...other[place].sources]);
  builder.copartition(sources);
  if (!needs.other) own[rows].sendOldValues(true);
  if (!needs.own) other[rows].sendOldValues(true);
  const ownView = own[rows].view();
  const otherView = other[rows].view();
  const view =
    store === undefined
      ? joinedView(ownView, otherView, { needs, joiner })
      : storeView<K, V2>(store, historyOf(options));
  const table = new JoinedRows<K, V2>(view, [own[rows], other[rows]]);
  const direct = { needs, sent: table, dropsPast: ownView.historyMs !== undefined };
  const dropsPast = otherView.historyMs !== undefined;
  const reversed = { needs: { own: needs.other, other: needs.own }, sent: table, dropsPast };
  const joinThis = builder.names.node(joinThisNode, name && `${name}-join-this`);
  const joinOther = builder.names.node(joinOtherNode, name && `${name}-join-other`);
  placeTable(from, joinTables(otherView, joiner, direct), joinThis);
  placeTable(
    other[place],
    joinTables<K, VO, V, V2>(ownView, (b, a, k) => joiner(a, b, k), reversed),
    joinOther,
  );
  if (store !== undefined) builder.addStore(tableSpec<K, V2>(store, options, { key, value, method: 'join()' }));
  const { run, stores } = mergeTables<K, V2>(store, table);
  builder.addProcessor({ name: merge, parents: [joinThis, joinOther], stores, run: runOf(run) });
  const at = { ...from, node: merge, key, value: value as Place<K, V2 | null>['value'], sources };
  return new KTable<K, V2>(at, table);
}
