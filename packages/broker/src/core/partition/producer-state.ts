/** What a batch's header says of the producer that wrote it. */
export interface ProducerBatch {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly timestampMs: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
}

/** One of the batches of a producer that are remembered to recognise a retry. */
export interface RetainedBatch {
  readonly baseSequence: number;
  readonly lastSequence: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly timestampMs: number;
}

/** What a partition remembers of one producer. */
export interface ProducerEntry {
  readonly producerId: number;
  readonly epoch: number;
  /** Oldest first; none when the producer has written nothing but markers in this epoch. */
  readonly batches: readonly RetainedBatch[];
  readonly lastTimestampMs: number;
  readonly coordinatorEpoch: number;
  /** First offset of the transaction that is open, or -1. */
  readonly currentTxnFirstOffset: number;
  /** When {@link ProducerState.expire} first found it without anything new, or -1. */
  readonly idleSinceMs: number;
}

/** Whether a batch may be appended. */
export type SequenceCheck =
  | { readonly kind: 'accept' }
  | { readonly kind: 'duplicate'; readonly of: RetainedBatch }
  | { readonly kind: 'error'; readonly error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' | 'INVALID_PRODUCER_EPOCH' };

/** How many batches of a producer are remembered: as many as a client may have in flight. */
const retainedBatchesMax = 5;
const sequenceCount = 2 ** 31;
const accept: SequenceCheck = Object.freeze({ kind: 'accept' });
const outOfOrder: SequenceCheck = Object.freeze({ kind: 'error', error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' });
const fenced: SequenceCheck = Object.freeze({ kind: 'error', error: 'INVALID_PRODUCER_EPOCH' });

/** The sequence number `count` after `sequence`: after 2^31 - 1 comes 0. */
export function sequenceAfter(sequence: number, count: number): number {
  return (sequence + count) % sequenceCount;
}

/**
 * The idempotent producers of one partition: a fold over the headers of the batches of its log.
 *
 * {@link check} decides, {@link replay} changes; a follower, a restart and the live path share the latter.
 */
export class ProducerState {
  readonly #entries = new Map<number, ProducerEntry>();
  #endOffset = 0;

  /** Everything below this offset has been replayed. */
  get endOffset(): number {
    return this.#endOffset;
  }

  get size(): number {
    return this.#entries.size;
  }

  entries(): IterableIterator<ProducerEntry> {
    return this.#entries.values();
  }

  get(producerId: number): ProducerEntry | undefined {
    return this.#entries.get(producerId);
  }

  /** Whether a client may append this batch; its offsets need not be known yet. */
  check(batch: ProducerBatch): SequenceCheck {
    const entry = this.#entries.get(batch.producerId);
    if (entry === undefined) return accept;
    if (batch.producerEpoch < entry.epoch) return fenced;
    if (batch.producerEpoch > entry.epoch) return batch.baseSequence === 0 ? accept : outOfOrder;
    const lastSequence = lastSequenceOf(batch);
    const duplicate = entry.batches.find(
      (kept) => kept.baseSequence === batch.baseSequence && kept.lastSequence === lastSequence,
    );
    if (duplicate !== undefined) return { kind: 'duplicate', of: duplicate };
    const last = entry.batches.at(-1);
    const next = last === undefined ? 0 : sequenceAfter(last.lastSequence, 1);
    return batch.baseSequence === next ? accept : outOfOrder;
  }

  /** Takes in a batch of a producer that is in the log. Batches come in the order of their offsets. */
  replay(batch: ProducerBatch): void {
    this.#endOffset = batch.lastOffset + 1;
    const entry = this.#entries.get(batch.producerId);
    this.#entries.set(batch.producerId, batch.isControl ? afterMarker(entry, batch) : afterData(entry, batch));
  }

  /** Notes that the log reaches to `offset`, where the batches between have no producer. */
  advanceTo(offset: number): void {
    this.#endOffset = offset;
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
    this.#endOffset = endOffset;
  }
}

function lastSequenceOf(batch: ProducerBatch): number {
  if (batch.baseSequence < 0) return -1;
  return sequenceAfter(batch.baseSequence, batch.lastOffset - batch.baseOffset);
}

function afterMarker(entry: ProducerEntry | undefined, marker: ProducerBatch): ProducerEntry {
  const keeps = entry !== undefined && entry.epoch === marker.producerEpoch;
  return {
    producerId: marker.producerId,
    epoch: marker.producerEpoch,
    batches: keeps ? entry.batches : [],
    lastTimestampMs: marker.timestampMs,
    coordinatorEpoch: entry?.coordinatorEpoch ?? -1,
    currentTxnFirstOffset: -1,
    idleSinceMs: -1,
  };
}

function afterData(entry: ProducerEntry | undefined, batch: ProducerBatch): ProducerEntry {
  const kept = entry?.epoch === batch.producerEpoch ? entry.batches : [];
  const { baseSequence, baseOffset, lastOffset, timestampMs } = batch;
  const added = { baseSequence, lastSequence: lastSequenceOf(batch), baseOffset, lastOffset, timestampMs };
  const openTxn = entry?.currentTxnFirstOffset ?? -1;
  return {
    producerId: batch.producerId,
    epoch: batch.producerEpoch,
    batches: [...kept.slice(1 - retainedBatchesMax), added],
    lastTimestampMs: timestampMs,
    coordinatorEpoch: entry?.coordinatorEpoch ?? -1,
    currentTxnFirstOffset: openTxn < 0 && batch.isTransactional ? baseOffset : openTxn,
    idleSinceMs: -1,
  };
}
