import { assert } from '@nagare/base';
import {
  type ErrorName,
  isTransactional,
  lastOffsetDelta,
  producerId,
  setBaseOffset,
  setPartitionLeaderEpoch,
} from '@nagare/protocol';
import type { LogConfig } from '../../log/log-config.ts';
import type { TxnMarker } from '../transaction/txn-marker.ts';
import { type BatchRefusal, refuse } from './batch-verdict.ts';
import { producerBatchAt } from './producer-batch.ts';
import type { ProducerBatch } from './producer-entry.ts';
import type { ProducerFault, ProducerState } from './producer-state.ts';
import { validateBatch } from './validate-batch.ts';
import { type Verification, type VerificationRequest, Verifications } from './verifications.ts';

export type { BatchRefusal, RecordError } from './batch-verdict.ts';

/** What a partition must see of its log: `Log` is one. */
export interface PartitionLog {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly producers: ProducerState;
  readonly epochs: {
    endOffsetFor(epoch: number, endOffset: number): { readonly epoch: number; readonly endOffset: number };
  };
}

/** A retry of a batch that is in the log: where it is. */
export interface DuplicateBatch {
  readonly kind: 'duplicate';
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly logAppendTimeMs: number;
}

/** A batch with its place in the log. It must be appended before another one is prepared. */
export interface PlacedBatch {
  readonly kind: 'append';
  readonly batch: Buffer;
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** The timestamp that the broker gave to all records, or -1. */
  readonly logAppendTimeMs: number;
}

export type PreparedAppend = BatchRefusal | DuplicateBatch | PlacedBatch;

export interface AppendOptions {
  readonly nowMs: number;
  readonly config: LogConfig;
  /** Of the Produce request. */
  readonly version: number;
  /** As in the Produce request. Default: 1. */
  readonly acks?: number;
  /** Of the transaction that the batch begins, as {@link Partition.beginVerification} gave it. */
  readonly verification?: Verification | undefined;
}

export interface PartitionOptions {
  readonly log: PartitionLog;
  readonly leaderEpoch: number;
  /** Default: the start of the log. */
  readonly highWatermark?: number;
}

/** How many replicas are in sync: the leader itself. */
const inSyncReplicas = 1;

function hasEnoughReplicas({ minInsyncReplicas }: LogConfig): boolean {
  return minInsyncReplicas <= inSyncReplicas;
}

/** The decisions of a partition's leader. It changes nothing in the log: what is prepared here, the host appends. */
export class Partition {
  readonly #log: PartitionLog;
  readonly #verifications = new Verifications();
  #leaderEpoch: number;
  #highWatermark: number;

  constructor({ log, leaderEpoch, highWatermark }: PartitionOptions) {
    this.#log = log;
    this.#leaderEpoch = leaderEpoch;
    this.#highWatermark = highWatermark ?? log.startOffset;
  }

  get leaderEpoch(): number {
    return this.#leaderEpoch;
  }

  /** Consumers read what stands before it. */
  get highWatermark(): number {
    return this.#highWatermark;
  }

  /** Consumers that read committed records only read what stands before it. */
  get lastStableOffset(): number {
    const first = this.#log.producers.firstUnstableOffset;
    if (first === undefined || first >= this.#highWatermark) return this.#highWatermark;
    return Math.max(first, this.#log.startOffset);
  }

  /** Leads under a new epoch. */
  becomeLeader(leaderEpoch: number): void {
    assert(leaderEpoch >= this.#leaderEpoch, `Leader epoch ${leaderEpoch} is before ${this.#leaderEpoch}`);
    this.#leaderEpoch = leaderEpoch;
  }

  /** Whether a client knows the leadership as it is; -1 stands for a client that does not say. */
  checkLeaderEpoch(currentLeaderEpoch: number): ErrorName {
    if (currentLeaderEpoch === -1 || currentLeaderEpoch === this.#leaderEpoch) return 'NONE';
    return currentLeaderEpoch < this.#leaderEpoch ? 'FENCED_LEADER_EPOCH' : 'UNKNOWN_LEADER_EPOCH';
  }

  /** Decides on what a producer sent; gives it its place in the log, in the bytes themselves. */
  prepareAppend(records: Buffer | null, options: AppendOptions): PreparedAppend {
    const { config, acks = 1 } = options;
    if (acks === -1 && !hasEnoughReplicas(config)) {
      return refuse(
        'NOT_ENOUGH_REPLICAS',
        `${inSyncReplicas} replicas are in sync, ${config.minInsyncReplicas} must be`,
      );
    }
    const valid = validateBatch(records, options);
    if (valid.kind === 'error') return valid;
    const refusal = this.#checkProducer(valid.batch, options.verification);
    return refusal ?? this.#place(valid.batch, valid.logAppendTimeMs);
  }

  /** Gives a batch of the broker's own its place in the log. */
  prepareInternal(batch: Buffer): PlacedBatch {
    return this.#place(batch, -1);
  }

  /**
   * Asks whether a producer must show that its transaction has this partition before it writes here (KIP-890).
   *
   * @returns what the append must be given once the coordinator agreed; undefined when the transaction is open already.
   */
  beginVerification(request: VerificationRequest, nowMs: number): Verification | 'INVALID_PRODUCER_EPOCH' | undefined {
    const { producerId: id, producerEpoch: epoch } = request;
    const { producers } = this.#log;
    if (producers.isInTransaction(id, epoch)) return undefined;
    const known = producers.get(id);
    if (known !== undefined && epoch < known.epoch) return 'INVALID_PRODUCER_EPOCH';
    return this.#verifications.begin(request, nowMs);
  }

  /** Whether a transaction may be ended with this marker, which all replicas must have. */
  checkMarker(marker: TxnMarker, config: LogConfig): ErrorName {
    return hasEnoughReplicas(config) ? this.#log.producers.checkMarker(marker) : 'NOT_ENOUGH_REPLICAS';
  }

  /** Forgets verifications that never came to an append. */
  expireVerifications(options: { readonly nowMs: number; readonly expirationMs: number }): void {
    this.#verifications.expire(options);
  }

  /** Notes that everything before an offset is as safe as the topic asks. Returns whether that is news. */
  advanceHighWatermark(offset: number): boolean {
    assert(
      offset <= this.#log.endOffset,
      `High watermark ${offset} is behind the end of the log, ${this.#log.endOffset}`,
    );
    if (offset <= this.#highWatermark) return false;
    this.#highWatermark = offset;
    this.#log.producers.settle(offset);
    return true;
  }

  /** Where the records of an epoch end, as OffsetForLeaderEpoch answers it. */
  endOffsetForEpoch(leaderEpoch: number): { readonly epoch: number; readonly endOffset: number } {
    return this.#log.epochs.endOffsetFor(leaderEpoch, this.#log.endOffset);
  }

  #checkProducer(bytes: Buffer, verification: Verification | undefined): BatchRefusal | DuplicateBatch | undefined {
    if (producerId(bytes) < 0) return undefined;
    const batch = producerBatchAt(bytes, 0);
    const check = this.#log.producers.check(batch);
    if (check.kind === 'duplicate') {
      const { baseOffset: first, lastOffset: last, timestampMs } = check.of;
      return { kind: 'duplicate', baseOffset: first, lastOffset: last, logAppendTimeMs: timestampMs };
    }
    const fault = check.kind === 'error' ? check.error : undefined;
    const isFenced = fault === 'INVALID_PRODUCER_EPOCH';
    const first = isFenced ? fault : (this.#verificationFault(batch, verification) ?? fault);
    return first === undefined ? undefined : refuse(first, describe(batch));
  }

  #verificationFault(batch: ProducerBatch, verification: Verification | undefined): ProducerFault | undefined {
    const { producerId: id, producerEpoch: epoch, baseSequence: sequence } = batch;
    const { producers } = this.#log;
    const mustBeVerified = batch.isTransactional && !producers.isInTransaction(id, epoch);
    if (mustBeVerified && !this.#verifications.isValid(id, verification)) return 'INVALID_TXN_STATE';
    const pending = this.#verifications.get(id);
    if (pending === undefined) return undefined;
    // An epoch that rises with each transaction starts each at sequence 0: what came before this one has been lost.
    const mustBeFirst = pending.bumpsEpoch && !((producers.get(id)?.batches.length ?? 0) > 0);
    const isOutOfOrder = sequence > pending.lowestSequence || (mustBeFirst && sequence !== 0);
    return isOutOfOrder ? 'OUT_OF_ORDER_SEQUENCE_NUMBER' : undefined;
  }

  #place(batch: Buffer, logAppendTimeMs: number): PlacedBatch {
    const first = this.#log.endOffset;
    setBaseOffset(batch, first);
    setPartitionLeaderEpoch(batch, this.#leaderEpoch);
    if (isTransactional(batch) && producerId(batch) >= 0) this.#verifications.end(producerBatchAt(batch, 0));
    return { kind: 'append', batch, baseOffset: first, lastOffset: first + lastOffsetDelta(batch), logAppendTimeMs };
  }
}

function describe({ producerId: id, producerEpoch: epoch, baseSequence: sequence }: ProducerBatch): string {
  return `Producer ${id}, epoch ${epoch}, sequence ${sequence}`;
}
