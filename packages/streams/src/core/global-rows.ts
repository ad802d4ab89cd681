import type { DropReason } from '../operators/define-operator.ts';
import type { RawRecord, RecordMetadata } from '../record.ts';
import type { Entry } from '../state/byte-store.ts';
import { MemoryStore } from '../state/memory.ts';
import { packTimestamped } from '../state/timestamped.ts';
import { WriteBuffer } from '../state/write-buffer.ts';
import type { GlobalTable } from '../topology/topology.ts';
import { type DeserializationPolicy, deserializationFailure } from './deserialization.ts';
import type { TaskStore } from './task.ts';

/** The rows of a global table as far as they have been read: one for all tasks of a process, which only read it. */
export class GlobalRows {
  readonly topic: string;
  /** The store that tasks are given. Its rows are in memory, and nothing is ever written through it. */
  readonly store: TaskStore;
  /** How many records were left out, by the reason. */
  readonly droppedRecords = new Map<DropReason, number>();
  readonly #table: GlobalTable;
  readonly #policy: DeserializationPolicy;
  readonly #rows: MemoryStore;

  /** @param ordered - Whether ranges of keys can be read. Default: as the table says. */
  constructor(
    table: GlobalTable,
    policy: DeserializationPolicy,
    { ordered = table.store.ranges }: { readonly ordered?: boolean } = {},
  ) {
    this.#rows = new MemoryStore({ ordered });
    this.topic = table.topic;
    this.#table = table;
    this.#policy = policy;
    this.store = { spec: table.store, buffer: new WriteBuffer(this.#rows), changelogTopic: table.topic };
  }

  /**
   * Takes records of the topic. Those without a key, or with a negative time, are left out and counted.
   *
   * @throws {StreamsError} `NAGARE_STREAMS_DESERIALIZATION` for a record that cannot be read, unless the policy has it dropped.
   */
  apply(partition: number, records: readonly RawRecord[]): void {
    const entries: Entry[] = [];
    for (const record of records) {
      const timestamp = this.#timestampOf({ ...record, topic: this.topic, partition });
      const { key, value } = record;
      if (timestamp === undefined) this.#drop('deserialization');
      else if (timestamp < 0) this.#drop('timestamp');
      else if (key === null) this.#drop('null-key');
      else entries.push({ key, value: value === null ? null : packTimestamped(value, timestamp), timestamp });
    }
    this.#rows.apply({ entries, position: 0 });
  }

  #drop(reason: DropReason): void {
    this.droppedRecords.set(reason, (this.droppedRecords.get(reason) ?? 0) + 1);
  }

  /** The time of a record, or undefined for one that cannot be read. */
  #timestampOf(record: RawRecord & RecordMetadata): number | undefined {
    const { key, value, timestamp } = this.#table.source;
    try {
      key.deserialize(this.topic, record.key);
      value.deserialize(this.topic, record.value);
    } catch (error) {
      if (this.#policy.decide(error, record) === 'fail') throw deserializationFailure(error, record);
      return undefined;
    }
    return timestamp === undefined ? record.timestamp : timestamp(record, -1);
  }
}
