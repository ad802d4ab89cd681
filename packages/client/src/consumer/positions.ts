import type { ConsumerConfig } from '../config.ts';
import type { Cluster } from '../connection/cluster.ts';
import type { Coordinator } from '../connection/coordinator.ts';
import { earliestTimestamp, latestTimestamp, listOffsets } from '../connection/list-offsets.ts';
import { fetchOffsets } from '../connection/offset-store.ts';
import { partitionKey } from '../core/assignors/assignor.ts';
import type { FetchPlan } from '../core/fetch-plan.ts';
import type { PartitionReader } from '../core/partition-reader.ts';
import { backOffMs, retryBackOff } from '../core/retry.ts';
import { ClientError, isRetriable } from '../errors.ts';

/** Finds the offsets that partitions start from: the committed ones, then those that `autoOffsetReset` asks for. */
export class Positions {
  readonly #cluster: Cluster;
  readonly #config: ConsumerConfig;
  readonly #plan: FetchPlan;
  readonly #coordinator: Coordinator | undefined;
  readonly #onChange: () => void;
  /** Where to start without a committed offset. */
  autoOffsetReset: ConsumerConfig['autoOffsetReset'];

  constructor(parts: {
    cluster: Cluster;
    config: ConsumerConfig;
    plan: FetchPlan;
    coordinator: Coordinator | undefined;
    onChange: () => void;
  }) {
    this.#cluster = parts.cluster;
    this.#config = parts.config;
    this.#plan = parts.plan;
    this.#coordinator = parts.coordinator;
    this.#onChange = parts.onChange;
    this.autoOffsetReset = parts.config.autoOffsetReset;
  }

  /** Starts to look for offsets that are missing; it goes on until they are found. */
  resolve(): void {
    const readers = [...this.#plan.readers].filter((reader) => isSeeking(reader) && !reader.isResolving);
    if (readers.length === 0) return;
    for (const reader of readers) reader.isResolving = true;
    this.#resolveAll(readers.map((reader) => ({ reader, epoch: reader.epoch })));
  }

  async #resolveAll(searches: readonly Search[]): Promise<void> {
    for (let failures = 1; ; failures++) {
      const open = searches.filter(isOpen);
      if (open.length === 0) break;
      try {
        await this.#fromCommitted(open.filter(({ reader }) => reader.startFrom === 'committed'));
        await this.#fromLog(open.filter(isOpen));
        break;
      } catch (error) {
        if (this.#cluster.pool.isClosed) return;
        this.#cluster.context.log.debug('positions.failed', { error });
        if (!isRetriable(error)) {
          for (const { reader } of searches.filter(isOpen)) reader.failure = error as Error;
          break;
        }
        await this.#cluster
          .delay(backOffMs(failures, retryBackOff, this.#cluster.context.platform.random))
          .catch(() => {});
        await this.#cluster.refresh().catch(() => {});
      }
    }
    for (const { reader, epoch } of searches) if (reader.epoch === epoch) reader.isResolving = false;
    this.#onChange();
  }

  async #fromCommitted(searches: readonly Search[]): Promise<void> {
    if (searches.length === 0) return;
    if (this.#coordinator === undefined) {
      for (const { reader } of searches) this.reset(reader);
      return;
    }
    const partitions = searches.map(({ reader }) => reader);
    const offsets = await fetchOffsets(this.#coordinator, this.#config.groupId as string, partitions, true);
    const byPartition = new Map(offsets.map((offset) => [partitionKey(offset), offset]));
    for (const { reader } of searches.filter(isOpen)) {
      const committed = byPartition.get(partitionKey(reader));
      if (committed !== undefined) reader.startAtCommitted(committed.offset);
      else this.reset(reader);
    }
  }

  /** Starts without a committed offset, or from one that is out of range. */
  reset(reader: PartitionReader): void {
    if (this.autoOffsetReset !== 'none') reader.startFrom = this.autoOffsetReset;
    else reader.failure = new ClientError('NAGARE_CLIENT_NO_OFFSET', `${reader.topic}-${reader.partition}`);
  }

  async #fromLog(searches: readonly Search[]): Promise<void> {
    const queries = searches.map(({ reader: { topic, partition, startFrom } }) => ({
      topic,
      partition,
      timestamp: startFrom === 'earliest' ? earliestTimestamp : latestTimestamp,
    }));
    if (queries.length === 0) return;
    const found = await listOffsets(this.#cluster, queries, this.#config.isolationLevel);
    const byPartition = new Map(found.map((row) => [partitionKey(row), row.offset]));
    for (const { reader } of searches.filter(isOpen)) {
      const offset = byPartition.get(partitionKey(reader));
      if (offset !== undefined) reader.seek(offset);
    }
  }
}

interface Search {
  readonly reader: PartitionReader;
  readonly epoch: number;
}

function isSeeking(reader: PartitionReader): boolean {
  return reader.startFrom !== undefined && reader.failure === undefined;
}

/** Whether the offset is still missing, and was not given by a seek meanwhile. */
function isOpen({ reader, epoch }: Search): boolean {
  return reader.epoch === epoch && isSeeking(reader);
}
