import type { HistoryEvent, Key, Offset, Value } from '../history/event.ts';
import { type Operation, operationsOf } from '../history/operation.ts';
import { logsOf, ordersOf, type VersionOrder } from './version-order.ts';

/** A value that was sent, and what its sender knows of it. */
export interface Write {
  readonly operation: Operation;
  readonly key: Key;
  readonly value: Value;
  readonly offset: Offset | undefined;
  /** Of a transaction: its end. Otherwise each record has its own acknowledgement. */
  readonly status: 'ok' | 'fail' | 'info';
}

/** A history with what all checks look up in it. */
export class HistoryIndex {
  readonly operations: readonly Operation[];
  readonly writes = new Map<Value, Write>();
  /** The operations that read a value, in the order of the history. */
  readonly readers = new Map<Value, Operation[]>();
  /** Values that somebody read in an operation that ended well. */
  readonly seen = new Set<Value>();
  /** The same, by readers of committed records alone. */
  readonly seenCommitted = new Set<Value>();
  /** Before these offsets records may be missing: somebody asked to delete them. */
  readonly deletedBefore = new Map<Key, Offset>();
  readonly logs: ReadonlyMap<Key, ReadonlyMap<Offset, ReadonlySet<Value>>>;
  readonly orders: ReadonlyMap<Key, VersionOrder>;

  constructor(history: readonly HistoryEvent[]) {
    this.operations = operationsOf(history);
    for (const operation of this.operations) this.#add(operation);
    this.logs = logsOf(this);
    this.orders = ordersOf(this);
  }

  /** Whether a write must be there for good: acknowledged, or proven by a reader of it or of its transaction. */
  isCommitted({ operation, status, value }: Write): boolean {
    if (status !== 'info') return status === 'ok';
    if (operation.kind !== 'txn') return this.seen.has(value);
    return operation.sends.some((sent) => this.seenCommitted.has(sent.value));
  }

  /** Whether a value counts among those that readers of committed records have to see. */
  isKnownCommitted(value: Value): boolean {
    const write = this.writes.get(value);
    return this.seenCommitted.has(value) || (write !== undefined && this.isCommitted(write));
  }

  /** Whether a record at that offset may be missing because somebody deleted it. */
  mayBeDeleted(key: Key, offset: Offset | undefined): boolean {
    return (offset ?? -1) < (this.deletedBefore.get(key) ?? -1);
  }

  #add(operation: Operation): void {
    for (const { key, value, offset } of operation.sends) {
      const status = operation.kind === 'txn' ? operation.type : statusOf(operation, offset);
      this.writes.set(value, { operation, key, value, offset, status });
    }
    for (const { value } of operation.reads) {
      const readers = this.readers.get(value);
      if (readers === undefined) this.readers.set(value, [operation]);
      else if (readers.at(-1) !== operation) readers.push(operation);
      if (operation.type !== 'ok') continue;
      this.seen.add(value);
      if (operation.isolation === 'rc') this.seenCommitted.add(value);
    }
    if (operation.type === 'fail') return;
    for (const { key, offset } of operation.deletes) {
      this.deletedBefore.set(key, Math.max(offset, this.deletedBefore.get(key) ?? 0));
    }
  }
}

function statusOf({ type }: Operation, offset: Offset | undefined): Write['status'] {
  if (offset !== undefined) return 'ok';
  return type === 'fail' ? 'fail' : 'info';
}
