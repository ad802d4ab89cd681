import type { Log, Timer, Timers } from '@nagare/base';
import type { ErrorName } from '@nagare/protocol';
import type { TxnMarker } from '../core/transaction/txn-marker.ts';
import type { TxnMetadata } from '../core/transaction/txn-metadata.ts';
import { listPartitions, type TxnPartition } from '../core/transaction/txn-partitions.ts';
import type { TxnRecord } from '../core/transaction/txn-record.ts';
import type { TxnShard } from '../core/transaction/txn-shard.ts';
import type { ShardHost } from './shard-host.ts';

export type TransactionShard = ShardHost<TxnShard, TxnRecord>;

export interface MarkerWriterOptions {
  readonly shard: TransactionShard;
  /** Fences the markers of a coordinator that was replaced. */
  readonly coordinatorEpoch: () => number;
  /** Whether the metadata still has a partition: a deleted one needs no marker. */
  readonly exists: (partition: TxnPartition) => boolean;
  /** Writes a marker to where the partition is led; resolves once it is kept, or cannot be. */
  readonly write: (partition: TxnPartition, marker: TxnMarker) => Promise<ErrorName>;
  readonly timers: Timers;
  readonly report: Log;
}

const retryDelayMs = { first: 20, max: 10_000 } as const;

/**
 * Writes the markers of what one shard has decided, each until its partition has it, and reports to the shard. It
 * remembers nothing: when the shard has to read its log again, everything that is not completed is handed out again, and
 * a partition takes the same marker twice.
 */
export class MarkerWriter {
  readonly #options: MarkerWriterOptions;
  readonly #timers = new Set<Timer>();
  /** Rises when the shard has lost its state: what was begun before is no longer repeated. */
  #generation = 0;
  #idleMs: number = retryDelayMs.first;
  #isClosed = false;

  constructor(options: MarkerWriterOptions) {
    this.#options = options;
  }

  /** Takes decisions of the shard from now on, as they are committed. */
  start(): void {
    void this.#listen();
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  async #listen(): Promise<void> {
    const { shard } = this.#options;
    await shard.loaded;
    const decided = await shard.submit<readonly TxnMetadata[] | undefined>(
      (core, turn) => core.decisions(turn),
      () => undefined,
    );
    if (this.#isClosed) return;
    if (decided === undefined) {
      this.#generation += 1;
      this.#later(this.#idleMs, () => this.#listen());
      this.#idleMs = next(this.#idleMs);
      return;
    }
    this.#idleMs = retryDelayMs.first;
    for (const txn of decided) void this.#mark(txn, listPartitions(txn.partitions), retryDelayMs.first);
    void this.#listen();
  }

  async #mark(txn: TxnMetadata, partitions: readonly TxnPartition[], delayMs: number): Promise<void> {
    const generation = this.#generation;
    const marker = this.#markerOf(txn);
    const errors = await Promise.all(partitions.map((partition) => this.#write(partition, marker)));
    if (this.#isClosed) return;
    const isDone = (_: TxnPartition, index: number) => errors[index] === 'NONE';
    const done = partitions.filter(isDone);
    const left = partitions.filter((partition, index) => !isDone(partition, index));
    if (done.length > 0) this.#report(txn, done);
    if (left.length === 0) return;
    this.#options.report.warn('transaction.marker-delayed', {
      ...{ transactionalId: txn.transactionalId, partition: left[0], left: left.length },
      ...{ error: errors.find((error) => error !== 'NONE'), retryMs: delayMs },
    });
    this.#later(delayMs, () => {
      if (generation === this.#generation) void this.#mark(txn, left, next(delayMs));
    });
  }

  #report(decided: TxnMetadata, partitions: readonly TxnPartition[]): void {
    // A shard that refuses has lost its state, and hands the transaction out again.
    void this.#options.shard.submit<boolean>(
      (core, turn) => core.marked({ decided, partitions }, turn),
      () => false,
    );
  }

  /** Writes one marker; NONE when there is nothing left to be written, too. */
  async #write(partition: TxnPartition, marker: TxnMarker): Promise<ErrorName> {
    const { exists, write, report } = this.#options;
    if (!exists(partition)) return 'NONE';
    try {
      const error = await write(partition, marker);
      if (error === 'INVALID_PRODUCER_EPOCH') {
        // The partition has seen a later epoch of the producer, which none can have before this transaction ended there.
        report.warn('transaction.marker-outdated', { ...partition, ...marker });
        return 'NONE';
      }
      return error;
    } catch (error) {
      report.error('transaction.marker-failed', { ...partition, error });
      return 'UNKNOWN_SERVER_ERROR';
    }
  }

  #markerOf({ producerId, producerEpoch, state, transactionVersion }: TxnMetadata): TxnMarker {
    return {
      ...{ producerId, producerEpoch, isCommit: state === 'PrepareCommit' },
      ...{ coordinatorEpoch: this.#options.coordinatorEpoch(), transactionVersion },
    };
  }

  #later(delayMs: number, act: () => void): void {
    const timer = this.#options.timers.after(delayMs, () => {
      this.#timers.delete(timer);
      act();
    });
    this.#timers.add(timer);
  }
}

function next(delayMs: number): number {
  return Math.min(2 * delayMs, retryDelayMs.max);
}
