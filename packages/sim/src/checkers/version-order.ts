import type { Key, Offset, Value } from '../history/event.ts';
import type { HistoryIndex } from './history-index.ts';

/** The committed records of one key as far as anybody knows them: dense, without the holes that offsets have. */
export class VersionOrder {
  readonly values: readonly Value[];
  readonly offsets: readonly Offset[];
  readonly #first = new Map<Value, number>();
  readonly #last = new Map<Value, number>();

  constructor(log: ReadonlyMap<Offset, ReadonlySet<Value>>) {
    const entries = [...log].sort(([a], [b]) => a - b);
    this.offsets = entries.map(([offset]) => offset);
    this.values = entries.map(([, values]) => [...values][0] as Value);
    for (const [index, [, values]] of entries.entries()) {
      for (const value of values) {
        if (!this.#first.has(value)) this.#first.set(value, index);
        this.#last.set(value, index);
      }
    }
  }

  /** The index of its first appearance. */
  firstIndex(value: Value): number | undefined {
    return this.#first.get(value);
  }

  /** The index of its last appearance. */
  lastIndex(value: Value): number | undefined {
    return this.#last.get(value);
  }
}

/** Values by offset: those that anybody read, and those that were acknowledged and are committed. */
export function logsOf(index: HistoryIndex): Map<Key, Map<Offset, Set<Value>>> {
  const logs = new Map<Key, Map<Offset, Set<Value>>>();
  const add = (key: Key, offset: Offset, value: Value) => {
    const log = logs.get(key) ?? new Map<Offset, Set<Value>>();
    logs.set(key, log);
    const values = log.get(offset) ?? new Set<Value>();
    log.set(offset, values.add(value));
  };
  for (const { reads } of index.operations) for (const { key, offset, value } of reads) add(key, offset, value);
  for (const write of index.writes.values()) {
    if (write.offset !== undefined && index.isCommitted(write)) add(write.key, write.offset, write.value);
  }
  return logs;
}

/** The orders of all keys, without what only readers of uncommitted records have seen. */
export function ordersOf(index: HistoryIndex): Map<Key, VersionOrder> {
  const orders = new Map<Key, VersionOrder>();
  for (const [key, log] of index.logs) {
    const committed = new Map<Offset, Set<Value>>();
    for (const [offset, values] of log) {
      const kept = [...values].filter((value) => index.isKnownCommitted(value));
      if (kept.length > 0) committed.set(offset, new Set(kept));
    }
    orders.set(key, new VersionOrder(committed));
  }
  return orders;
}
