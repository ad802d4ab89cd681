import type { RawRecord } from '../../record.ts';
import type { TestTransaction } from './test-transaction.ts';

/** Which records a reader sees: all, or those that are committed up to the first transaction that is still open. */
export type TestIsolation = 'read_committed' | 'read_uncommitted';

interface Entry {
  /** Undefined for the mark that ends a transaction. It has an offset, as in Kafka. */
  readonly record: RawRecord | undefined;
  readonly transaction: TestTransaction | undefined;
}

/** One partition of a topic: every record that was written to it, aborted ones included, and the marks of transactions. */
export class PartitionLog {
  readonly #entries: Entry[] = [];
  /** The first offset of each open transaction. */
  readonly #open = new Map<TestTransaction, number>();

  /** Adds a record and returns its offset. */
  append(record: Omit<RawRecord, 'offset'>, transaction?: TestTransaction): number {
    const { key, value, timestamp, headers } = record;
    const offset = this.#entries.length;
    if (transaction?.join(this) === true) this.#open.set(transaction, offset);
    this.#entries.push({ record: { key, value, timestamp, headers, offset }, transaction });
    return offset;
  }

  /** Marks the end of a transaction. */
  mark(transaction: TestTransaction): void {
    this.#open.delete(transaction);
    this.#entries.push({ record: undefined, transaction });
  }

  /** Behind the last offset that a reader may see. */
  endFor(isolation: TestIsolation): number {
    let end = this.#entries.length;
    if (isolation === 'read_committed') for (const first of this.#open.values()) end = Math.min(end, first);
    return end;
  }

  /** The records that a reader sees from an offset on. */
  read(from: number, isolation: TestIsolation): RawRecord[] {
    const records: RawRecord[] = [];
    for (const { record, transaction } of this.#entries.slice(from, this.endFor(isolation))) {
      if (record === undefined) continue;
      if (isolation === 'read_uncommitted' || transaction?.outcome !== 'aborted') records.push(record);
    }
    return records;
  }
}
