import type { OperatorContext } from '../operators/define-operator.ts';

/** How a join looks up the rows of a table. */
export interface TableView<K, V> {
  /** The stores that the rows are in. */
  readonly stores: readonly string[];
  /** Called once for each task; returns the look-up. */
  readonly open: (context: OperatorContext) => (key: K) => V | undefined;
}

/** The rows of a table that is kept in a key-value store. */
export function storeView<K, V>(store: string): TableView<K, V> {
  return {
    stores: [store],
    open: (context) => {
      const rows = context.keyValueStore<K, V>(store);
      return (key) => rows.get(key);
    },
  };
}

/** The rows of a table that is kept in a window store. */
export function windowStoreView<K, V>(store: string): TableView<{ key: K; window: { start: number } }, V> {
  return {
    stores: [store],
    open: (context) => {
      const rows = context.windowStore<K, V>(store);
      return ({ key, window }) => rows.fetch(key, window.start)?.value;
    },
  };
}

/** The rows of a table that is computed from another one at each look-up. */
export function derivedView<K, V, V2>(
  parent: TableView<K, V>,
  derive: (value: V, key: K) => V2 | undefined,
): TableView<K, V2> {
  return {
    stores: parent.stores,
    open: (context) => {
      const rowOf = parent.open(context);
      return (key) => {
        const row = rowOf(key);
        return row === undefined ? undefined : derive(row, key);
      };
    },
  };
}
