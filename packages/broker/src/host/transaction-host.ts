import type { Clock, Log, Timer, Timers } from '@nagare/base';
import type { ErrorName } from '@nagare/protocol';
import { partitionOfKey } from '../core/key-partition.ts';
import type { ShardStep, Turn } from '../core/shard.ts';
import type { AddEvent } from '../core/transaction/add-partitions.ts';
import type { EndEvent } from '../core/transaction/end-txn.ts';
import type { InitEvent } from '../core/transaction/init-producer-id.ts';
import { decodeRecord, encodeRecords } from '../core/transaction/records.ts';
import type { TxnMarker } from '../core/transaction/txn-marker.ts';
import { epochPerTransaction, type TxnMetadata } from '../core/transaction/txn-metadata.ts';
import type { TxnPartition } from '../core/transaction/txn-partitions.ts';
import type { TxnRecord } from '../core/transaction/txn-record.ts';
import type { TxnSettings } from '../core/transaction/txn-settings.ts';
import { type Granted, TxnShard } from '../core/transaction/txn-shard.ts';
import type { ListedTxn, TxnFilter } from '../core/transaction/txn-views.ts';
import { outcome, type TxnReply } from '../core/transaction/verdict.ts';
import { MarkerWriter, type TransactionShard } from './marker-writer.ts';
import { type Refuse, ShardHost } from './shard-host.ts';
import { type StateTopic, stateTopicName } from './state-topic.ts';

/** What the broker asks its coordinator before a transactional append. */
export interface Enlistment {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly partitions: readonly TxnPartition[];
  /** Whether to ask if the partitions are in the transaction, or to make them part of it. */
  readonly mode: 'verify' | 'add';
}

export interface TransactionHostSettings extends TxnSettings {
  /** `transaction.abort.timed.out.transaction.cleanup.interval.ms` */
  readonly abortCheckIntervalMs: number;
  /** `transaction.remove.expired.transaction.cleanup.interval.ms` */
  readonly idleCheckIntervalMs: number;
  /** `add.partitions.to.txn.retry.backoff.max.ms` */
  readonly addWaitMsMax: number;
}

export interface TransactionHostOptions {
  readonly settings: TransactionHostSettings;
  readonly topic: StateTopic;
  /** A producer id that no producer of the cluster ever had. Rejects while the controller cannot give any. */
  readonly nextProducerId: () => Promise<number>;
  /** Whether the metadata has a partition. */
  readonly hasPartition: (partition: TxnPartition) => boolean;
  /** Ends a producer's transaction in a partition, see {@link MarkerWriter}. */
  readonly writeMarker: (partition: TxnPartition, marker: TxnMarker) => Promise<ErrorName>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

type Act<Reply> = (core: TxnShard, turn: Turn) => ShardStep<TxnRecord, Reply>;

interface Coordinator {
  readonly shard: TransactionShard;
  readonly markers: MarkerWriter;
}

/** The coordinator of the transactional ids whose partition of `__transaction_state` this broker leads. */
export class TransactionHost {
  readonly #options: TransactionHostOptions;
  readonly #coordinators = new Map<number, Coordinator>();
  readonly #housekeeping = new Set<Timer>();
  #isClosed = false;

  constructor(options: TransactionHostOptions) {
    this.#options = options;
  }

  /** Starts reading what the topic holds, and ends what was decided before. */
  start(): void {
    const { topic, settings } = this.#options;
    for (let partition = 0; partition < topic.partitionCount(); partition++) this.#open(partition);
    this.#every(settings.abortCheckIntervalMs, (shard) => this.#abortTimedOut(shard));
    this.#every(settings.idleCheckIntervalMs, (shard) => this.#forgetIdle(shard));
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#housekeeping) timer.cancel();
    for (const { shard, markers } of this.#coordinators.values()) {
      markers.close();
      shard.close();
    }
    this.#coordinators.clear();
  }

  /**
   * Makes sure that an id can be coordinated: its topic exists, and a shard just opened for it has loaded. Of shards that
   * have long been loading, clients are told when they use them.
   */
  async prepare(transactionalId: string): Promise<ErrorName> {
    const { topic } = this.#options;
    if (topic.partitionCount() === 0) {
      const error = await topic.ensure();
      if (error !== 'NONE') return error;
    }
    const partition = this.#partitionOf(transactionalId);
    if (!this.#coordinators.has(partition)) await this.#open(partition)?.shard.loaded;
    return 'NONE';
  }

  /** Gives a producer the next epoch of its id, and fences those that had it before. Never rejects. */
  init(event: Omit<InitEvent, 'freshProducerId'>): Promise<TxnReply> {
    return this.#grant(event.transactionalId, (freshProducerId) => (core, turn) => {
      return core.init({ ...event, freshProducerId }, turn);
    });
  }

  /** Adds partitions to a transaction, which the first of them begins. Never rejects. */
  async add(event: AddEvent): Promise<ErrorName> {
    const { addWaitMsMax } = this.#options.settings;
    const { error } = await this.#submit<TxnReply>(
      event.transactionalId,
      (core, turn) => core.add(event, turn, addWaitMsMax),
      outcome,
    );
    return error;
  }

  /** Says of each partition, in their order, whether it is in the transaction. Never rejects. */
  verify(event: Omit<Enlistment, 'mode'>): Promise<readonly ErrorName[]> {
    return this.#submit<readonly ErrorName[]>(
      event.transactionalId,
      (core, turn) => core.verify(event, turn),
      (error) => event.partitions.map(() => error),
    );
  }

  /** Decides a transaction; resolves when the decision is kept, before its markers are. Never rejects. */
  end(event: Omit<EndEvent, 'freshProducerId'>): Promise<TxnReply> {
    return this.#grant(event.transactionalId, (freshProducerId) => (core, turn) => {
      return core.end({ ...event, freshProducerId }, turn);
    });
  }

  /**
   * Makes sure that partitions are in a producer's transaction before records go to them (KIP-890). Never rejects.
   *
   * @returns an error for each of the partitions, in their order. TRANSACTION_ABORTABLE says that a partition is not in
   * the transaction: clients that do not know it are told INVALID_TXN_STATE.
   */
  async enlist({ mode, ...event }: Enlistment): Promise<readonly ErrorName[]> {
    const { partitions } = event;
    const errors =
      mode === 'verify'
        ? await this.verify(event)
        : await this.#addAll({ ...event, transactionVersion: epochPerTransaction });
    // What producers know as fencing from a coordinator is an old epoch when a partition says it.
    return partitions.map((_, index) => {
      const error = errors[index] as ErrorName;
      return error === 'PRODUCER_FENCED' ? 'INVALID_PRODUCER_EPOCH' : error;
    });
  }

  async #addAll(event: AddEvent): Promise<readonly ErrorName[]> {
    const error = await this.add(event);
    return event.partitions.map(() => error);
  }

  /** What is known of an id, or why not: TRANSACTIONAL_ID_NOT_FOUND when it is unknown. Never rejects. */
  async describe(transactionalId: string): Promise<TxnMetadata | ErrorName> {
    const found = await this.#submit<TxnMetadata | ErrorName | undefined>(
      transactionalId,
      (core, turn) => core.describe(transactionalId, turn),
      (error) => error,
    );
    return found ?? 'TRANSACTIONAL_ID_NOT_FOUND';
  }

  /** The ids of all shards, or why not all of them can be listed. Never rejects. */
  async list(filter: TxnFilter): Promise<{ readonly error: ErrorName; readonly listed: readonly ListedTxn[] }> {
    let error: ErrorName = 'NONE';
    const lists = await Promise.all(
      Array.from(this.#coordinators.values(), ({ shard }) =>
        shard.submit<readonly ListedTxn[]>(
          (core, turn) => core.list(filter, turn),
          (refusal) => {
            error = refusal;
            return [];
          },
        ),
      ),
    );
    return { error, listed: error === 'NONE' ? lists.flat() : [] };
  }

  #submit<Reply>(transactionalId: string, act: Act<Reply>, refuse: Refuse<Reply>): Promise<Reply> {
    const partition = this.#partitionOf(transactionalId);
    const coordinator = this.#coordinators.get(partition) ?? this.#open(partition);
    return coordinator?.shard.submit(act, refuse) ?? Promise.resolve(refuse('NOT_COORDINATOR'));
  }

  /** Asks the core, and once more with a producer id if it needs one. */
  async #grant(transactionalId: string, act: (freshProducerId: number | undefined) => Act<Granted>): Promise<TxnReply> {
    const first = await this.#submit<Granted>(transactionalId, act(undefined), outcome);
    if (first !== 'needs-producer-id') return first;
    const [fresh] = await this.#producerIds(1);
    if (fresh === undefined) return outcome('COORDINATOR_LOAD_IN_PROGRESS');
    const second = await this.#submit<Granted>(transactionalId, act(fresh), outcome);
    return second === 'needs-producer-id' ? outcome('CONCURRENT_TRANSACTIONS') : second;
  }

  /** As many producer ids as are wanted; none when the controller cannot give any. */
  async #producerIds(count: number): Promise<readonly number[]> {
    const { nextProducerId, log } = this.#options;
    try {
      return await Promise.all(Array.from({ length: count }, nextProducerId));
    } catch (error) {
      log.error('transaction.no-producer-ids', { error });
      return [];
    }
  }

  #open(partition: number): Coordinator | undefined {
    const { topic, settings, clock, timers, log, hasPartition, writeMarker } = this.#options;
    const recordLog = this.#isClosed || partition < 0 ? undefined : topic.recordLog(partition);
    if (recordLog === undefined) return undefined;
    const shard: TransactionShard = new ShardHost<TxnShard, TxnRecord>({
      name: `${stateTopicName}-${partition}`,
      log: recordLog,
      format: { encode: encodeRecords, decode: decodeRecord },
      createCore: () => new TxnShard(settings),
      clock,
      timers,
      report: log,
    });
    const markers = new MarkerWriter({
      ...{ shard, timers, report: log, exists: hasPartition, write: writeMarker },
      coordinatorEpoch: () => topic.leaderEpoch(partition),
    });
    const coordinator = { shard, markers };
    this.#coordinators.set(partition, coordinator);
    markers.start();
    return coordinator;
  }

  /** -1, which no shard has, while the topic does not exist. */
  #partitionOf(transactionalId: string): number {
    const partitions = this.#options.topic.partitionCount();
    return partitions === 0 ? -1 : partitionOfKey(transactionalId, partitions);
  }

  #every(intervalMs: number, act: (shard: TransactionShard) => Promise<void>): void {
    const timer = this.#options.timers.after(intervalMs, () => {
      this.#housekeeping.delete(timer);
      for (const { shard } of this.#coordinators.values()) void act(shard);
      this.#every(intervalMs, act);
    });
    this.#housekeeping.add(timer);
  }

  async #abortTimedOut(shard: TransactionShard): Promise<void> {
    const { log } = this.#options;
    let fresh: readonly number[] = [];
    for (;;) {
      const { aborted, idsWanted } = await shard.submit(
        (core, turn) => core.abortTimedOut(fresh, turn),
        () => ({ aborted: [], idsWanted: 0 }),
      );
      for (const transactionalId of aborted) log.info('transaction.timed-out', { transactionalId });
      if (idsWanted === 0) return;
      fresh = await this.#producerIds(idsWanted);
      if (fresh.length === 0) return;
    }
  }

  async #forgetIdle(shard: TransactionShard): Promise<void> {
    let hasMore = true;
    while (hasMore) {
      hasMore = await shard.submit<boolean>(
        (core, turn) => core.forgetIdle(turn),
        () => false,
      );
    }
  }
}
