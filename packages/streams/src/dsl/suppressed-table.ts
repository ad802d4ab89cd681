import { StreamsError } from '../errors.ts';
import { suppress, suppressInfo } from '../operators/suppress.ts';
import { decodeSuppressed, suppressHeaders } from '../state/suppressed-change.ts';
import { checkName } from '../topology/names.ts';
import type { Suppression } from '../windows/suppressed.ts';
import { needSerde, place, placeTable } from './node.ts';
import { KTable } from './table.ts';
import { rows, type TableRows } from './table-rows.ts';
import type { TableView } from './table-view.ts';

/** The rows that were sent: while a change waits, the row before it. */
class SuppressedRows<K, V> implements TableRows<K, V> {
  readonly #parent: TableRows<K, V>;
  readonly #open: (parent: TableView<K, V>) => TableView<K, V>;
  readonly areSent = true;
  readonly historyMs = undefined;

  constructor(parent: TableRows<K, V>, open: (parent: TableView<K, V>) => TableView<K, V>) {
    this.#parent = parent;
    this.#open = open;
  }

  view(): TableView<K, V> {
    return this.#open(this.#parent.view());
  }

  sendOldValues(force: boolean): boolean {
    return this.#parent.sendOldValues(force);
  }
}

/** Adds the node that holds changes back, and its store. */
export function suppressedTable<K, V>(table: KTable<K, V>, suppression: Suppression): KTable<K, V> {
  const from = table[place];
  const { builder } = from;
  const { name, logged, topicConfig, until } = suppression;
  const graceMs = builder.graceOf(from.node);
  if (table[rows].historyMs !== undefined) {
    throw new StreamsError('NAGARE_STREAMS_TOPOLOGY', 'suppress() needs a table that is not versioned');
  }
  if (until === 'window-close' && graceMs === undefined) {
    const detail = 'suppress() until windows close needs a table of windows that close';
    throw new StreamsError('NAGARE_STREAMS_TOPOLOGY', detail);
  }
  const node = name === undefined ? builder.names.node(suppressInfo.node) : checkName(name, 'The node');
  const store = name === undefined ? builder.names.store(suppressInfo.node) : `${name}-store`;
  const key = needSerde(from.key, 'key', 'suppress()');
  const value = needSerde(from.value, 'value', 'suppress()');
  table[rows].sendOldValues(true);
  builder.addStore({ kind: 'bytes', name: store, logged, topicConfig, changelogHeaders: suppressHeaders });
  const parts = { store, key, value, graceMs } as Parameters<typeof suppress<K, V>>[1];
  const view = (parent: TableView<K, V>): TableView<K, V> => ({
    stores: [store, ...parent.stores],
    open: (context) => {
      const held = context.bytesStore(store);
      const rowOf = parent.open(context);
      return (each) => {
        const waiting = held.get(parts.key.serialize(held.topic, each) as Buffer);
        if (waiting === undefined) return rowOf(each);
        const prior = parts.value.deserialize(held.topic, decodeSuppressed(waiting).prior);
        return prior === null ? undefined : { value: prior, timestamp: -1 };
      };
    },
  });
  const at = placeTable(from, suppress<K, V>(suppression, parts), node);
  return new KTable<K, V>({ ...at, key: from.key, value: from.value }, new SuppressedRows(table[rows], view));
}
