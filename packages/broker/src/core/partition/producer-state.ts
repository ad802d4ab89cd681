import type { TxnMarker } from '../transaction/txn-marker.ts';
import { type EndedTxn, OpenTransactions } from './open-transactions.ts';
import {
  afterMarker,
  afterRecords,
  lastSequenceOf,
  type ProducerBatch,
  type ProducerEntry,
  type RetainedBatch,
  sequenceAfter,
} from './producer-entry.ts';

export type { ProducerBatch, ProducerEntry } from './producer-entry.ts';

/** Whether a batch may be appended. */
export type SequenceCheck =
  | { readonly kind: 'accept' }
  | { readonly kind: 'duplicate'; readonly of: RetainedBatch }
  | { readonly kind: 'error'; readonly error: ProducerFault };

export type ProducerFault = 'OUT_OF_ORDER_SEQUENCE_NUMBER' | 'INVALID_PRODUCER_EPOCH' | 'INVALID_TXN_STATE';

const epochMax = 32_767;
const accept: SequenceCheck = Object.freeze({ kind: 'accept' });
const outOfOrder: SequenceCheck = Object.freeze({ kind: 'error', error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' });
const fenced: SequenceCheck = Object.freeze({ kind: 'error', error: 'INVALID_PRODUCER_EPOCH' });
const outOfTransaction: SequenceCheck = Object.freeze({ kind: 'error', error: 'INVALID_TXN_STATE' });

/**
 * The idempotent and transactional producers of one partition: a fold over the headers of the batches of its log.
 *
 * {@link check} and {@link checkMarker} decide, {@link replay} changes; a follower, a restart and the live path share
 * the latter.
 */
export class ProducerState {
  readonly #entries = new Map<number, ProducerEntry>();
  readonly #transactions = new OpenTransactions();
  #endOffset = 0;

  /** Everything below this offset has been replayed. */
  get endOffset(): number {
    return this.#endOffset;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Where the earliest transaction begins that is open, or whose marker is not committed; undefined without any. */
  get firstUnstableOffset(): number | undefined {
    return this.#transactions.firstUnstableOffset;
  }

  entries(): IterableIterator<ProducerEntry> {
    return this.#entries.values();
  }

  get(producerId: number): ProducerEntry | undefined {
    return this.#entries.get(producerId);
  }

  /** Whether a producer has a transaction open under this epoch: its batches need no leave of the coordinator. */
  isInTransaction(producerId: number, epoch: number): boolean {
    const entry = this.#entries.get(producerId);
    return entry !== undefined && entry.epoch === epoch && entry.currentTxnFirstOffset >= 0;
  }

  /** Whether a client may append this batch; its offsets need not be known yet. */
  check(batch: ProducerBatch): SequenceCheck {
    const entry = this.#entries.get(batch.producerId);
    if (entry === undefined) return accept;
    if (batch.producerEpoch < entry.epoch) return fenced;
    const isNewEpoch = batch.producerEpoch > entry.epoch;
    const duplicate = isNewEpoch ? undefined : findDuplicate(entry, batch);
    if (duplicate !== undefined) return { kind: 'duplicate', of: duplicate };
    if (batch.baseSequence !== (isNewEpoch ? 0 : nextSequence(entry))) return outOfOrder;
    return entry.currentTxnFirstOffset >= 0 && !batch.isTransactional ? outOfTransaction : accept;
  }

  /**
   * Whether a coordinator may end a transaction with this marker. Where the epoch rises with each transaction, one that
   * has not risen is late; but with nothing open it is a retry, and is written once more (KAFKA-19999).
   */
  checkMarker(marker: TxnMarker): 'NONE' | 'INVALID_PRODUCER_EPOCH' | 'TRANSACTION_COORDINATOR_FENCED' {
    const entry = this.#entries.get(marker.producerId);
    if (entry === undefined) return 'NONE';
    const { producerEpoch } = marker;
    const isLate = producerEpoch === entry.epoch && marker.transactionVersion >= 2;
    const isRetry = entry.currentTxnFirstOffset < 0 || producerEpoch === epochMax;
    if (producerEpoch < entry.epoch || (isLate && !isRetry)) return 'INVALID_PRODUCER_EPOCH';
    return marker.coordinatorEpoch < entry.coordinatorEpoch ? 'TRANSACTION_COORDINATOR_FENCED' : 'NONE';
  }

  /**
   * Takes in a batch of a producer that is in the log. Batches come in the order of their offsets.
   *
   * @returns the transaction that the batch has ended, if it is a marker.
   */
  replay(batch: ProducerBatch): EndedTxn | undefined {
    const { producerId, marker, lastOffset } = batch;
    this.#endOffset = lastOffset + 1;
    const entry = this.#entries.get(producerId);
    if (marker !== undefined) {
      this.#entries.set(producerId, afterMarker(entry, batch, marker.coordinatorEpoch));
      return this.#transactions.end(producerId, lastOffset);
    }
    const next = afterRecords(entry, batch);
    this.#entries.set(producerId, next);
    const hasBegun = next.currentTxnFirstOffset >= 0 && !(entry !== undefined && entry.currentTxnFirstOffset >= 0);
    if (hasBegun) this.#transactions.begin(producerId, next.currentTxnFirstOffset);
    return undefined;
  }

  /** Notes that the log reaches to `offset`, where the batches between have no producer. */
  advanceTo(offset: number): void {
    this.#endOffset = offset;
  }

  /** Notes that every marker below an offset is committed. */
  settle(highWatermark: number): void {
    this.#transactions.settle(highWatermark);
  }

  /**
   * Forgets the producers that wrote nothing for `expirationMs` and have no transaction open. It goes by its own calls:
   * the timestamps of records are the clients' own, and one that writes of the past must not lose its sequence.
   */
  expire({ nowMs, expirationMs }: { readonly nowMs: number; readonly expirationMs: number }): void {
    for (const entry of this.#entries.values()) {
      if (entry.currentTxnFirstOffset >= 0) continue;
      if (entry.idleSinceMs < 0) this.#entries.set(entry.producerId, { ...entry, idleSinceMs: nowMs });
      else if (nowMs - entry.idleSinceMs >= expirationMs) this.#entries.delete(entry.producerId);
    }
  }

  /** Starts anew from the entries of a snapshot that was taken at `endOffset`. */
  restore(entries: Iterable<ProducerEntry>, endOffset: number): void {
    this.#entries.clear();
    for (const entry of entries) this.#entries.set(entry.producerId, entry);
    this.#transactions.restore(this.#entries.values());
    this.#endOffset = endOffset;
  }
}

function findDuplicate({ batches }: ProducerEntry, batch: ProducerBatch): RetainedBatch | undefined {
  const { baseSequence } = batch;
  const lastSequence = lastSequenceOf(batch);
  return batches.find((kept) => kept.baseSequence === baseSequence && kept.lastSequence === lastSequence);
}

function nextSequence({ batches }: ProducerEntry): number {
  const last = batches.at(-1);
  return last === undefined ? 0 : sequenceAfter(last.lastSequence, 1);
}
