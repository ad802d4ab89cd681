import type { ProducerBatch } from './producer-entry.ts';

/** A producer that says it writes in a transaction, before its first batch there. */
export interface VerificationRequest {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  /** Whether the producer's epoch rises with each transaction (transaction version 2). */
  readonly bumpsEpoch: boolean;
}

/**
 * Stands for one question to the transaction coordinator, whether a partition is in a producer's transaction. The answer
 * is good for appends only as long as the partition holds the same object: a marker in between makes it stale, even when
 * a new question has been asked since.
 */
export interface Verification {
  readonly bumpsEpoch: boolean;
  readonly askedMs: number;
  /** The lowest sequence that was asked for in this epoch: none above it may be written first. */
  readonly lowestSequence: number;
  readonly epoch: number;
}

interface Pending extends Verification {
  lowestSequence: number;
  epoch: number;
}

/** The transactions that producers are about to begin in a partition, until the first batch or a marker is written. */
export class Verifications {
  readonly #pending = new Map<number, Pending>();

  /** Begins a question, or joins the one that is open. */
  begin(request: VerificationRequest, nowMs: number): Verification {
    const { producerId, producerEpoch, baseSequence, bumpsEpoch } = request;
    const pending = this.#pending.get(producerId);
    if (pending === undefined) {
      const begun = { bumpsEpoch, askedMs: nowMs, lowestSequence: baseSequence, epoch: producerEpoch };
      this.#pending.set(producerId, begun);
      return begun;
    }
    const isNewEpoch = producerEpoch > pending.epoch;
    if (isNewEpoch || (producerEpoch === pending.epoch && baseSequence < pending.lowestSequence)) {
      pending.epoch = producerEpoch;
      pending.lowestSequence = baseSequence;
    }
    return pending;
  }

  /** Whether an answer is still good. */
  isValid(producerId: number, verification: Verification | undefined): boolean {
    return verification !== undefined && this.#pending.get(producerId) === verification;
  }

  get(producerId: number): Verification | undefined {
    return this.#pending.get(producerId);
  }

  /** Notes that a batch of a transaction is going to be written: what was asked before says nothing any more. */
  end({ producerId, producerEpoch, marker }: ProducerBatch): void {
    const pending = this.#pending.get(producerId);
    if (pending === undefined) return;
    // Under transaction version 2 the marker of the last transaction has the epoch of the one that is about to begin.
    const isOfNext = marker !== undefined && pending.bumpsEpoch && pending.epoch === producerEpoch;
    if (!isOfNext) this.#pending.delete(producerId);
  }

  /** Forgets what was asked long ago and never came to an append. */
  expire({ nowMs, expirationMs }: { readonly nowMs: number; readonly expirationMs: number }): void {
    for (const [producerId, { askedMs }] of this.#pending) {
      if (nowMs - askedMs >= expirationMs) this.#pending.delete(producerId);
    }
  }
}
