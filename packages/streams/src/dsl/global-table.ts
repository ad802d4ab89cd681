import { type GlobalJoin, joinGlobal } from '../operators/join-global.ts';
import { applyOperator, type Named, type Place } from './node.ts';
import { rows } from './table-rows.ts';
import { storeView, type TableView } from './table-view.ts';

/** A table that every instance of the application reads whole, so that a stream can be joined with any of its rows. */
export class GlobalKTable<K, V> {
  readonly [rows]: TableView<K, V>;

  /** Made by `StreamsBuilder.globalTable`. */
  constructor(store: string) {
    // Every node of every task sees the store, so none has to be given it.
    this[rows] = { stores: [], open: storeView<K, V>(store).open };
  }
}

/** Adds the node that joins a stream with a global table. */
export function globallyJoined<K, V, KG, VG, V2>(
  from: Place<K, V>,
  table: GlobalKTable<KG, VG>,
  join: GlobalJoin<K, V, KG, VG, V2>,
  named: Named | undefined,
): Place<K, V2> {
  const at = applyOperator(from, joinGlobal(table[rows], join), named);
  if (join.isLeft) at.builder.takeNullKeys(at.node);
  return at;
}
