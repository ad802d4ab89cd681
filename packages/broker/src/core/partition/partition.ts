import { assert } from '@nagare/base';
import {
  baseSequence,
  type ErrorName,
  isTransactional,
  lastOffsetDelta,
  producerEpoch,
  producerId,
  setBaseOffset,
  setPartitionLeaderEpoch,
} from '@nagare/protocol';
import type { LogConfig } from '../../log/log-config.ts';
import { type BatchRefusal, refuse } from './batch-verdict.ts';
import { producerBatchAt } from './producer-batch.ts';
import type { ProducerState } from './producer-state.ts';
import { validateBatch } from './validate-batch.ts';

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
}

export interface PartitionOptions {
  readonly log: PartitionLog;
  readonly leaderEpoch: number;
  /** Default: the start of the log. */
  readonly highWatermark?: number;
}

/** How many replicas are in sync: the leader itself. */
const inSyncReplicas = 1;

/** The decisions of a partition's leader. It changes nothing in the log: what is prepared here, the host appends. */
export class Partition {
  readonly #log: PartitionLog;
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
    return this.#highWatermark;
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
    if (acks === -1 && config.minInsyncReplicas > inSyncReplicas) {
      return refuse(
        'NOT_ENOUGH_REPLICAS',
        `${inSyncReplicas} replicas are in sync, ${config.minInsyncReplicas} must be`,
      );
    }
    const valid = validateBatch(records, options);
    if (valid.kind === 'error') return valid;
    const refusal = this.#checkProducer(valid.batch);
    return refusal ?? this.#place(valid.batch, valid.logAppendTimeMs);
  }

  /** Gives a batch of the broker's own its place in the log. */
  prepareInternal(batch: Buffer): PlacedBatch {
    return this.#place(batch, -1);
  }

  /** Notes that everything before an offset is as safe as the topic asks. Returns whether that is news. */
  advanceHighWatermark(offset: number): boolean {
    assert(
      offset <= this.#log.endOffset,
      `High watermark ${offset} is behind the end of the log, ${this.#log.endOffset}`,
    );
    if (offset <= this.#highWatermark) return false;
    this.#highWatermark = offset;
    return true;
  }

  /** Where the records of an epoch end, as OffsetForLeaderEpoch answers it. */
  endOffsetForEpoch(leaderEpoch: number): { readonly epoch: number; readonly endOffset: number } {
    return this.#log.epochs.endOffsetFor(leaderEpoch, this.#log.endOffset);
  }

  #checkProducer(batch: Buffer): BatchRefusal | DuplicateBatch | undefined {
    const id = producerId(batch);
    if (id < 0) return undefined;
    const check = this.#log.producers.check(producerBatchAt(batch, 0));
    switch (check.kind) {
      case 'error':
        return refuse(check.error, `Producer ${id}, epoch ${producerEpoch(batch)}, sequence ${baseSequence(batch)}`);
      case 'duplicate': {
        const { baseOffset: first, lastOffset: last, timestampMs } = check.of;
        return { kind: 'duplicate', baseOffset: first, lastOffset: last, logAppendTimeMs: timestampMs };
      }
      case 'accept':
        if (!isTransactional(batch)) return undefined;
        return refuse('INVALID_TXN_STATE', `Producer ${id} has no transaction open in this partition`);
    }
  }

  #place(batch: Buffer, logAppendTimeMs: number): PlacedBatch {
    const first = this.#log.endOffset;
    setBaseOffset(batch, first);
    setPartitionLeaderEpoch(batch, this.#leaderEpoch);
    return { kind: 'append', batch, baseOffset: first, lastOffset: first + lastOffsetDelta(batch), logAppendTimeMs };
  }
}
