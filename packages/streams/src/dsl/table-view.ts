import type { Windowed } from '@nagare/serdes';
import type { OperatorContext } from '../operators/define-operator.ts';
import type { Timestamped } from '../state/store.ts';

/** Finds a row with its time: the newest one or, in a versioned table, that of a time. */
export type FindRow<K, V> = (key: K, asOfTimestamp?: number) => Timestamped<V> | undefined;

/** How an operator looks up the rows of a table. */
export interface TableView<K, V> {
  /** The stores that the rows are in: the node that looks up must be given them. */
  readonly stores: readonly string[];
  /** How long rows of the past are known; undefined when the table is not versioned. */
  readonly historyMs?: number | undefined;
  /** Called once for each task. */
  readonly open: (context: OperatorContext) => FindRow<K, V>;
}

/** The rows of a table that is kept in a key-value store, versioned if it has a history. */
export function storeView<K, V>(store: string, historyMs?: number): TableView<K, V> {
  return {
    stores: [store],
    historyMs,
    open: (context) => {
      if (historyMs !== undefined) {
        const versions = context.versionedStore<K, V>(store);
        return (key, asOfTimestamp) => versions.get(key, asOfTimestamp);
      }
      const rows = context.keyValueStore<K, V>(store);
      return (key) => rows.getWithTimestamp(key);
    },
  };
}

/** The rows of a table that is kept in a window store. */
export function windowStoreView<K, V>(store: string): TableView<{ key: K; window: { start: number } }, V> {
  return {
    stores: [store],
    open: (context) => {
      const rows = context.windowStore<K, V>(store);
      return ({ key, window }) => rows.fetch(key, window.start);
    },
  };
}

/** The rows of a table that is kept in a session store; a row has its session's end as timestamp. */
export function sessionStoreView<K, V>(store: string): TableView<Windowed<K>, V> {
  return {
    stores: [store],
    open: (context) => {
      const rows = context.sessionStore<K, V>(store);
      return ({ key, window }) => {
        const value = rows.fetchSession(key, window.start, window.end);
        return value === undefined ? undefined : { value, timestamp: window.end };
      };
    },
  };
}

/** The rows of a table that is computed from another one at each look-up. */
export function derivedView<K, V, V2>(
  parent: TableView<K, V>,
  derive: (value: V, key: K) => V2 | null,
): TableView<K, V2> {
  return {
    stores: parent.stores,
    historyMs: parent.historyMs,
    open: (context) => {
      const find = parent.open(context);
      return (key, asOfTimestamp) => {
        const row = find(key, asOfTimestamp);
        if (row === undefined) return undefined;
        const value = derive(row.value, key);
        return value === null ? undefined : { value, timestamp: row.timestamp };
      };
    },
  };
}
