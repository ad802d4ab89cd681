import { tableSource } from '../operators/table-source.ts';
import type { StoreSpec } from '../state/store-spec.ts';
import type { TopologyBuilder } from '../topology/topology-builder.ts';
import { KeepableRows } from './table-rows.ts';

/** A node that takes records for rows. */
export interface KeepableTable {
  readonly node: string;
  readonly parent: string;
  readonly store: string;
  /** Whether the rows are kept from the start, and not only when someone asks for them. */
  readonly isKept: boolean;
  /** Describes the store; called when the rows are to be kept. */
  readonly spec: () => StoreSpec;
  /** How long rows of the past are known; undefined when the table is not versioned. */
  readonly historyMs: number | undefined;
}

/** Adds the node, and its store as soon as it takes one. */
export function keepableTable<K, V>(
  builder: TopologyBuilder,
  { node, parent, store, isKept, spec, historyMs }: KeepableTable,
): KeepableRows<K, V> {
  const rows = new KeepableRows<K, V>(() => {
    builder.addStore(spec());
    draft.stores = [store];
    return store;
  }, historyMs);
  const draft = builder.addProcessor({ name: node, parents: [parent], run: tableSource(rows) });
  if (isKept) rows.keep();
  return rows;
}
