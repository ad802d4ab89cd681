import { type ErrorName, errorTable } from '@nagare/protocol';

/** The id under which a producer numbers its records. */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

const epochMax = 32_767;
const sequenceCount = 2 ** 31;

/** The number of the record that is so many behind one. */
export function sequenceAfter(sequence: number, records: number): number {
  return (sequence + records) % sequenceCount;
}

/** The producer's id, and the numbering of each partition under it. */
export class ProducerSession {
  /** Whether the records belong to transactions. */
  readonly isTransactional: boolean;
  #identity: ProducerIdentity | undefined;
  #renewals = 0;

  constructor(options: { readonly isTransactional?: boolean } = {}) {
    this.isTransactional = options.isTransactional ?? false;
  }

  /** How often everything has started at 0 again. */
  get renewals(): number {
    return this.#renewals;
  }

  /** The id that partitions start with; undefined until the broker has given one. */
  get identity(): ProducerIdentity | undefined {
    return this.#identity;
  }

  /** Takes the id that InitProducerId gave. */
  begin(identity: ProducerIdentity): void {
    this.#identity = identity;
  }

  /** Takes the id of the next transaction, under which every partition starts at 0. Nothing may be under way. */
  renew(identity: ProducerIdentity): void {
    this.#identity = identity;
    this.#renewals += 1;
  }

  /** Drops an id that is of no more use: another one must be asked for. */
  drop(used: ProducerIdentity): void {
    if (this.#identity?.producerId === used.producerId) this.#identity = undefined;
  }
}

/**
 * The sequence numbers of one partition. Brokers check them for each partition apart, so that a partition may take the
 * next epoch alone while the others go on.
 */
export class PartitionSequence {
  readonly #session: ProducerSession;
  #identity: ProducerIdentity | undefined;
  #next = 0;
  #renewals: number;
  #isEstablished = false;

  constructor(session: ProducerSession) {
    this.#session = session;
    this.#renewals = session.renewals;
  }

  /** Whether the broker is known to keep the numbers of this id: it refuses what does not follow them. */
  get isEstablished(): boolean {
    this.#follow();
    return this.#isEstablished;
  }

  /** Says that the broker has acknowledged numbered records. */
  establish(): void {
    this.#isEstablished = true;
  }

  /** Whether numbers can be given: an id is there. */
  get isReady(): boolean {
    return this.#identity !== undefined || this.#session.identity !== undefined;
  }

  /** The numbers of the next `count` records. */
  take(count: number): ProducerIdentity & { readonly baseSequence: number } {
    this.#follow();
    this.#identity ??= this.#session.identity as ProducerIdentity;
    const baseSequence = this.#next;
    this.#next = sequenceAfter(baseSequence, count);
    return { ...this.#identity, baseSequence };
  }

  /** Gives numbers back that the broker certainly has no records for, when nothing after them is under way. */
  giveBack(baseSequence: number): void {
    this.#next = baseSequence;
  }

  /** Starts at 0 again under the next epoch, or under another id when epochs have run out. */
  restart(): void {
    const identity = this.#identity;
    this.#next = 0;
    this.#isEstablished = false;
    if (identity === undefined) return;
    if (identity.producerEpoch < epochMax) {
      this.#identity = { ...identity, producerEpoch: identity.producerEpoch + 1 };
    } else this.abandon(identity);
  }

  /** Starts at 0 again under another id, because `used` is somebody else's. Does nothing when that has happened. */
  abandon(used: ProducerIdentity): void {
    if (this.#identity?.producerId !== used.producerId) return;
    this.#session.drop(used);
    this.#identity = undefined;
    this.#next = 0;
    this.#isEstablished = false;
  }

  #follow(): void {
    if (this.#renewals === this.#session.renewals) return;
    this.#renewals = this.#session.renewals;
    const { identity } = this.#session;
    if (identity?.producerId !== this.#identity?.producerId) this.#isEstablished = false;
    this.#identity = identity;
    this.#next = 0;
  }
}

/**
 * What an answer means for a batch: `done`; `retry` it as it is; `restart` the partition's sequence, then retry; `split`
 * it, and try its halves; `fail` it; or fail it and `abandon` the producer id.
 */
export type Verdict = 'done' | 'retry' | 'restart' | 'split' | 'fail' | 'abandon';

/**
 * Judges the answer to a batch.
 *
 * A broker that misses the records before a batch refuses it, so behind a batch that is under way this means nothing
 * yet. For the first batch it means that the broker has neither this nor a later one: numbering them anew cannot
 * duplicate any of them.
 *
 * A transaction has another way out: whatever its records fail with, it is aborted, and its successor has new numbers.
 *
 * @param batch.isFirst - No earlier batch of the partition is under way.
 * @param batch.count - Its records.
 * @param session - Undefined when the producer is not idempotent.
 */
export function judge(
  answer: ErrorName,
  batch: { readonly isFirst: boolean; readonly count: number },
  session: Pick<ProducerSession, 'isTransactional'> | undefined,
): Verdict {
  const numbersAlone = session !== undefined && !session.isTransactional;
  switch (answer) {
    case 'NONE':
    case 'DUPLICATE_SEQUENCE_NUMBER':
      return 'done';
    case 'OUT_OF_ORDER_SEQUENCE_NUMBER':
    case 'UNKNOWN_PRODUCER_ID':
      if (session === undefined) return 'fail';
      if (!batch.isFirst) return 'retry';
      return numbersAlone ? 'restart' : 'fail';
    case 'INVALID_PRODUCER_EPOCH':
    case 'PRODUCER_FENCED':
    case 'INVALID_PRODUCER_ID_MAPPING':
      return numbersAlone ? 'abandon' : 'fail';
    case 'MESSAGE_TOO_LARGE':
      return batch.count > 1 ? 'split' : 'fail';
    default:
      return errorTable[answer].retriable ? 'retry' : 'fail';
  }
}
