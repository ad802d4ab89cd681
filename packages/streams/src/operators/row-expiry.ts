import { EventQueue } from '@nagare/base';
import type { TableStore, Timestamped } from '../state/store.ts';
import type { ObservedTime, OperatorContext } from './define-operator.ts';

/** A store whose rows go when their time is up. */
export interface ExpiringRows<K> {
  /** How long a row stays behind the time of its last change. */
  readonly ttlMs: number;
  /** The largest timestamp that the nodes which write to the store have seen. */
  readonly observed: ObservedTime;
  /** The same text for equal keys. */
  textOf(key: K): string;
  /** All rows with their times. */
  times(): Iterable<readonly [key: K, timestamp: number]>;
}

/** Takes a row away as of a time. */
export type Expire<K, V> = (key: K, row: Timestamped<V>, atMs: number) => void;

/**
 * Says which rows of a table go, by event time: those whose last change lies as far back as they may live.
 *
 * For each row a look at it is planned, no later than it goes. If it has changed by then, another look is.
 */
export class RowExpiry<K, V> {
  readonly #rows: ExpiringRows<K>;
  readonly #store: TableStore<K, V>;
  /** When each row is looked at next. */
  readonly #planned = new Map<string, number>();
  readonly #due = new EventQueue();
  #expire: Expire<K, V> = () => undefined;

  constructor(rows: ExpiringRows<K>, store: TableStore<K, V>) {
    this.#rows = rows;
    this.#store = store;
    for (const [key, timestamp] of rows.times()) this.note(key, timestamp);
  }

  /** That of a store, which all nodes that write to it have in common; undefined when its rows stay. */
  static of<K, V>(context: OperatorContext, name: string): RowExpiry<K, V> | undefined {
    const rows = context.expiringRows<K>(name);
    if (rows === undefined) return undefined;
    const store = context.tableStore<K, V>(name);
    return context.shared(store, () => new RowExpiry<K, V>(rows, store));
  }

  /** Takes away what is too old at the time of a record, and says whether the record itself may come in. */
  admits(timestamp: number, expire: Expire<K, V>): boolean {
    const { observed, ttlMs } = this.#rows;
    observed.ms = Math.max(observed.ms, timestamp);
    this.#expire = expire;
    for (let next = this.#due.peek(); next !== undefined && next.atMs <= observed.ms; next = this.#due.peek()) {
      this.#due.pop();
      next.run?.();
    }
    return timestamp + ttlMs > observed.ms;
  }

  /** Plans a look at a row that may have changed. */
  note(key: K, timestamp: number): void {
    const text = this.#rows.textOf(key);
    const dueMs = timestamp + this.#rows.ttlMs;
    if ((this.#planned.get(text) ?? Number.POSITIVE_INFINITY) <= dueMs) return;
    this.#planned.set(text, dueMs);
    this.#due.push(dueMs, () => {
      if (this.#planned.get(text) === dueMs) this.#look(key, text);
    });
  }

  #look(key: K, text: string): void {
    this.#planned.delete(text);
    const row = this.#store.getWithTimestamp(key);
    if (row === undefined) return;
    const atMs = row.timestamp + this.#rows.ttlMs;
    if (atMs > this.#rows.observed.ms) this.note(key, row.timestamp);
    else this.#expire(key, row, atMs);
  }
}
