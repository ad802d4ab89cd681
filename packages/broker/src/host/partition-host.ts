import { assert, DiskError } from '@nagare/base';
import { type ErrorName, encodeEndTxnMarker } from '@nagare/protocol';
import type { Partition, PreparedAppend, RecordError } from '../core/partition/partition.ts';
import type { Verification, VerificationRequest } from '../core/partition/verifications.ts';
import type { TxnMarker } from '../core/transaction/txn-marker.ts';
import type { FaultPlan } from '../embedded/fault-plan.ts';
import { BrokerError } from '../errors.ts';
import type { Log } from '../log/log.ts';
import type { FetchPurgatory } from './fetch-purgatory.ts';
import { PartitionRecordLog } from './partition-record-log.ts';
import type { RecordLog } from './shard-host.ts';

/** When a record counts as kept: once it is synced, once the operating system has it, or at once. */
export type Durability = 'fsync' | 'os' | 'memory';

export interface ProduceOutcome {
  readonly error: ErrorName;
  readonly message: string | null;
  readonly recordErrors: readonly RecordError[];
  readonly baseOffset: number;
  readonly logAppendTimeMs: number;
}

export interface ProduceOptions {
  readonly acks: number;
  /** Of the Produce request. */
  readonly version: number;
  /** See {@link PartitionHost.beginVerification}. */
  readonly verification?: Verification | undefined;
}

interface Waiter {
  readonly offset: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface PartitionHostOptions {
  readonly topic: string;
  readonly topicId: string;
  readonly index: number;
  /** Whether the topic holds state of the broker's own, which clients may read and not write. */
  readonly isInternal: boolean;
  readonly log: Log;
  readonly partition: Partition;
  readonly durability: Durability;
  readonly purgatory: FetchPurgatory;
  readonly nowMs: () => number;
  /** A test can let its disk be full. */
  readonly faults?: FaultPlan | undefined;
}

/** One partition that this broker leads: appends, waits until records count, and wakes those who wait for them. */
export class PartitionHost {
  readonly topic: string;
  readonly topicId: string;
  readonly index: number;
  readonly isInternal: boolean;
  readonly log: Log;
  readonly partition: Partition;
  readonly #durability: Durability;
  readonly #purgatory: FetchPurgatory;
  readonly #nowMs: () => number;
  readonly #faults: FaultPlan | undefined;
  #waiters: Waiter[] = [];
  #isSettling = false;
  #isRemoved = false;

  constructor(options: PartitionHostOptions) {
    this.topic = options.topic;
    this.topicId = options.topicId;
    this.index = options.index;
    this.isInternal = options.isInternal;
    this.log = options.log;
    this.partition = options.partition;
    this.#durability = options.durability;
    this.#purgatory = options.purgatory;
    this.#nowMs = options.nowMs;
    this.#faults = options.faults;
  }

  /** Why clients cannot be served any more; undefined as long as they can. */
  get fault(): ErrorName | undefined {
    if (this.#isRemoved) return 'UNKNOWN_TOPIC_OR_PARTITION';
    return this.log.failure === undefined ? undefined : 'KAFKA_STORAGE_ERROR';
  }

  /** The topic has been deleted: who waits for records, or for an append to be kept, is told so. */
  remove(): void {
    this.#isRemoved = true;
    this.#rejectWaiters(new BrokerError('NAGARE_BROKER_STOPPED', `${this.topic}-${this.index}, which was deleted`));
    this.#purgatory.wake(this);
  }

  /** Appends a client's batch before it returns; the outcome comes when the records are as safe as `acks` asks. */
  produce(records: Buffer | null, options: ProduceOptions): ProduceOutcome | Promise<ProduceOutcome> {
    if (this.fault !== undefined) return this.#failed();
    const nowMs = this.#nowMs();
    const prepared = this.partition.prepareAppend(records, {
      nowMs,
      config: this.log.config,
      version: options.version,
      acks: options.acks,
      verification: options.verification,
    });
    if (prepared.kind === 'error') return { ...prepared, baseOffset: -1, logAppendTimeMs: -1 };
    if (prepared.kind === 'append' && !this.#tryAppend(prepared.batch, nowMs)) return this.#failed();
    const outcome = succeeded(prepared);
    // Nobody waits for these records, so that only this keeps a producer from being faster than the disk.
    if (options.acks === 0 && this.log.pendingBytes > pendingBytesMax) return this.#afterWrite(outcome);
    if (this.#isSafe(prepared.lastOffset + 1, options.acks)) return outcome;
    return this.committed(prepared.lastOffset + 1).then(
      () => outcome,
      () => this.#failed(),
    );
  }

  /** Asks whether a producer must show that its transaction has this partition, see {@link Partition}. */
  beginVerification(request: VerificationRequest): ReturnType<Partition['beginVerification']> {
    return this.partition.beginVerification(request, this.#nowMs());
  }

  /** Ends a producer's transaction here. Resolves once the marker is committed, or with why it was not written. */
  async writeMarker(marker: TxnMarker): Promise<ErrorName> {
    try {
      const error = this.appendMarker(marker);
      if (error !== 'NONE') return error;
      await this.committed(this.log.endOffset);
      return 'NONE';
    } catch {
      return this.fault ?? 'KAFKA_STORAGE_ERROR';
    }
  }

  /**
   * Appends the end of a producer's transaction before it returns, unless it says why not.
   *
   * @throws {BrokerError} NAGARE_BROKER_LOG_FAILED, after an error of the disk.
   */
  appendMarker(marker: TxnMarker): ErrorName {
    if (this.fault !== undefined) return this.fault;
    const error = this.partition.checkMarker(marker, this.log.config);
    if (error !== 'NONE') return error;
    const { isCommit, producerId, producerEpoch, coordinatorEpoch } = marker;
    const type = isCommit ? 'commit' : 'abort';
    const timestamp = this.#nowMs();
    this.appendBatch(encodeEndTxnMarker({ type, producerId, producerEpoch, coordinatorEpoch, timestamp }));
    return 'NONE';
  }

  /** Appends a batch that the broker built, and does not wait. */
  appendBatch(batch: Buffer): void {
    const prepared = this.partition.prepareInternal(batch);
    assert(prepared.kind === 'append', `A batch of the broker's own was refused in ${this.topic}-${this.index}`);
    this.#append(prepared.batch, this.#nowMs());
  }

  /** Resolves when every offset below `offset` is committed; rejects when the log has failed. */
  committed(offset: number): Promise<void> {
    if (this.partition.highWatermark >= offset) return Promise.resolve();
    if (this.log.failure !== undefined) return Promise.reject(this.log.failure);
    return new Promise((resolve, reject) => {
      this.#waiters.push({ offset, resolve, reject });
    });
  }

  /** Whole batches from the one that holds `offset`, at least one if there is any, below the high watermark. */
  read(offset: number, bytesMax: number): Buffer[] | Promise<Buffer[]> {
    return this.log.read({ offset, bytesMax, upTo: this.partition.highWatermark });
  }

  /** The partition as a coordinator uses it. */
  recordLog(): RecordLog {
    return new PartitionRecordLog(this, this.#nowMs);
  }

  /** Counts what a log holds at start as committed: it is what recovery kept. */
  restored(): void {
    this.partition.advanceHighWatermark(this.log.endOffset);
  }

  #tryAppend(batch: Buffer, nowMs: number): boolean {
    try {
      this.#append(batch, nowMs);
      return true;
    } catch (error) {
      if (this.log.failure === undefined && !(error instanceof BrokerError)) throw error;
      return false;
    }
  }

  #append(batch: Buffer, nowMs: number): void {
    if (this.#faults?.refusesAppend()) throw this.#diskIsFull();
    this.log.append(batch, nowMs);
    if (this.#durability === 'memory') this.#advance(this.log.endOffset);
    else if (!this.#isSettling) void this.#settle();
  }

  #diskIsFull(): BrokerError {
    const place = `${this.topic}-${this.index}`;
    const cause = new DiskError('ENOSPC', place, `Cannot write ${place}: a fault of the test leaves no space`);
    return new BrokerError('NAGARE_BROKER_LOG_FAILED', place, { cause });
  }

  /**
   * While a partition has one replica, 1 asks for as much as `all`: who was answered then finds what was sent, as on Apache
   * Kafka, where a lone leader's append is committed at once.
   */
  #isSafe(endOffset: number, acks: number): boolean {
    return acks === 0 || this.partition.highWatermark >= endOffset;
  }

  #afterWrite(outcome: ProduceOutcome): Promise<ProduceOutcome> {
    return this.log.written().then(
      () => outcome,
      () => this.#failed(),
    );
  }

  /** Moves the high watermark after the disk, until nothing is left to move it over. */
  async #settle(): Promise<void> {
    this.#isSettling = true;
    try {
      while (this.partition.highWatermark < this.log.endOffset) {
        if (this.#durability === 'fsync') {
          await this.log.synced();
          this.#advance(this.log.recoveryPoint);
        } else {
          await this.log.written();
          this.#advance(this.log.writtenOffset);
        }
      }
    } catch (error) {
      this.#rejectWaiters(error);
      this.#purgatory.wake(this);
    } finally {
      this.#isSettling = false;
    }
  }

  #rejectWaiters(error: unknown): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.reject(error);
  }

  #failed(): ProduceOutcome {
    return failedWith(this.fault ?? 'KAFKA_STORAGE_ERROR');
  }

  #advance(offset: number): void {
    if (!this.partition.advanceHighWatermark(offset)) return;
    const highWatermark = this.partition.highWatermark;
    let done = 0;
    // Offsets are waited for in the order of appends, so those that are reached stand first.
    while (done < this.#waiters.length && (this.#waiters[done] as Waiter).offset <= highWatermark) done += 1;
    for (const waiter of this.#waiters.splice(0, done)) waiter.resolve();
    this.#purgatory.wake(this);
  }
}

/** Bytes that may wait for the disk behind requests that wait for nothing. */
const pendingBytesMax = 64 * 1024 * 1024;

function failedWith(error: ErrorName): ProduceOutcome {
  return { error, message: null, recordErrors: [], baseOffset: -1, logAppendTimeMs: -1 };
}

function succeeded(prepared: Exclude<PreparedAppend, { kind: 'error' }>): ProduceOutcome {
  const { baseOffset, logAppendTimeMs } = prepared;
  return { error: 'NONE', message: null, recordErrors: [], baseOffset, logAppendTimeMs };
}
