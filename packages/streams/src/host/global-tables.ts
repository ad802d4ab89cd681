import type { ConsumerOptions, TopicPartition } from '@nagare/client';
import type { DeserializationPolicy } from '../core/deserialization.ts';
import { GlobalRows } from '../core/global-rows.ts';
import type { TaskStore } from '../core/task.ts';
import type { DropReason } from '../operators/define-operator.ts';
import type { GlobalTable } from '../topology/topology.ts';
import { rawRecords } from './changelogs.ts';
import type { StreamsAdmin, StreamsConsumer } from './streams-client.ts';
import { addCounts } from './task-set.ts';

const pollTimeoutMs = 100;
const pollBytesMax = 4 * 1024 * 1024;

export interface GlobalTablesOptions {
  readonly tables: readonly GlobalTable[];
  /** Partitions of each topic. */
  readonly partitionsOf: ReadonlyMap<string, number>;
  readonly policy: DeserializationPolicy;
  readonly admin: StreamsAdmin;
  /** Makes a consumer without a group. */
  readonly openConsumer: () => StreamsConsumer;
  /** What that consumer sees, and so where the end of a topic is: behind an open transaction there may come nothing for long. */
  readonly isolationLevel: NonNullable<ConsumerOptions['isolationLevel']>;
  readonly signal: AbortSignal;
}

/** The global tables of a process: read to their end before tasks run, and on from there between rounds of the tasks. */
export class GlobalTables {
  readonly stores: readonly TaskStore[];
  readonly #rowsOf: ReadonlyMap<string, GlobalRows>;
  readonly #consumer: StreamsConsumer | undefined;

  private constructor(rows: readonly GlobalRows[], consumer: StreamsConsumer | undefined) {
    this.stores = rows.map(({ store }) => store);
    this.#rowsOf = new Map(rows.map((each) => [each.topic, each]));
    this.#consumer = consumer;
  }

  /** Records that were left out of all tables. */
  get droppedRecords(): ReadonlyMap<DropReason, number> {
    const sums = new Map<DropReason, number>();
    for (const { droppedRecords } of this.#rowsOf.values()) addCounts(sums, droppedRecords);
    return sums;
  }

  /** Reads all tables to the ends that their topics have now. */
  static async open(options: GlobalTablesOptions): Promise<GlobalTables> {
    const rows = options.tables.map((table) => new GlobalRows(table, options.policy));
    if (rows.length === 0) return new GlobalTables(rows, undefined);
    const consumer = options.openConsumer();
    const tables = new GlobalTables(rows, consumer);
    try {
      await tables.#readToEnd(consumer, options);
      return tables;
    } catch (error) {
      await consumer.close();
      throw error;
    }
  }

  /** Takes what has come since the last call, without waiting for more. */
  async update(): Promise<void> {
    if (this.#consumer !== undefined) await this.#poll(this.#consumer, 0);
  }

  async close(): Promise<void> {
    await this.#consumer?.close();
  }

  async #readToEnd(consumer: StreamsConsumer, options: GlobalTablesOptions): Promise<void> {
    const { partitionsOf, admin, isolationLevel, signal } = options;
    const partitions: TopicPartition[] = [...this.#rowsOf.keys()].flatMap((topic) =>
      Array.from({ length: partitionsOf.get(topic) ?? 0 }, (_, partition) => ({ topic, partition })),
    );
    const ends = await admin.listOffsets({
      partitions: partitions.map((each) => ({ ...each, at: 'latest' as const })),
      isolationLevel,
    });
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    const open = new Set(ends.filter(({ offset }) => offset > 0));
    while (open.size > 0) {
      signal.throwIfAborted();
      await this.#poll(consumer, pollTimeoutMs);
      for (const end of open) if ((consumer.position(end) ?? 0) >= end.offset) open.delete(end);
    }
  }

  async #poll(consumer: StreamsConsumer, timeoutMs: number): Promise<void> {
    for (const fetched of await consumer.poll({ timeoutMs, bytesMax: pollBytesMax })) {
      this.#rowsOf.get(fetched.topic)?.apply(fetched.partition, rawRecords(fetched));
    }
  }
}
