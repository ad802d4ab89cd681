import {
  createTxn,
  epochPerTransaction,
  initTxn,
  isEpochExhausted,
  none,
  type ProducerRef,
  prepareTxn,
  type TxnMetadata,
} from './txn-metadata.ts';
import { isPrepared } from './txn-state.ts';
import { outcome, type Verdict } from './verdict.ts';

export interface InitEvent {
  readonly transactionalId: string;
  readonly timeoutMs: number;
  /** What the producer believes to be, when it asks for the next epoch and not for a new beginning (KIP-360). */
  readonly expected: ProducerRef | undefined;
  /** A producer id that nobody has, for the case that one is needed. */
  readonly freshProducerId: number | undefined;
}

/** Gives a producer the next epoch of its transactional id, and so fences every one that had it before. */
export function initProducerId(current: TxnMetadata | undefined, event: InitEvent, wallMs: number): Verdict {
  const { transactionalId, timeoutMs, expected, freshProducerId } = event;
  if (current === undefined) {
    if (freshProducerId === undefined) return 'needs-producer-id';
    return granted(createTxn({ transactionalId, timeoutMs, producerId: freshProducerId }, wallMs));
  }
  if (isPrepared(current.state)) return outcome('CONCURRENT_TRANSACTIONS');
  if (expected !== undefined && !isOwner(current, expected)) return outcome('PRODUCER_FENCED');
  if (current.state === 'Ongoing') return fence(current, freshProducerId, wallMs);
  if (isEpochExhausted(current) && (expected === undefined || expected.producerEpoch === current.producerEpoch)) {
    if (freshProducerId === undefined) return 'needs-producer-id';
    const lastProducerEpoch = expected === undefined ? none : current.producerEpoch;
    const next = { producerId: freshProducerId, producerEpoch: 0, lastProducerEpoch, timeoutMs };
    return granted(initTxn(current, next, wallMs));
  }
  return nextEpoch(current, event, wallMs);
}

/**
 * Aborts a transaction whose producer has gone, or been replaced: the epoch rises, so that the producer is fenced. Who
 * asked has to ask again, and gets an epoch that was never used.
 */
export function fence(current: TxnMetadata, freshProducerId: number | undefined, wallMs: number): Verdict {
  if (isEpochExhausted(current) && freshProducerId === undefined) return 'needs-producer-id';
  const nextProducerId = isEpochExhausted(current) ? (freshProducerId as number) : none;
  const decision = { isCommit: false, transactionVersion: epochPerTransaction, nextProducerId };
  return { ...outcome('CONCURRENT_TRANSACTIONS'), metadata: prepareTxn(current, decision, wallMs) };
}

/** The producer id must be its own, or the one before, whose epochs were used up and whose answer may have been lost. */
function isOwner(current: TxnMetadata, expected: ProducerRef): boolean {
  if (expected.producerId === current.producerId) return true;
  return expected.producerId === current.previousProducerId && isEpochExhausted(expected);
}

function nextEpoch(current: TxnMetadata, { expected, timeoutMs }: InitEvent, wallMs: number): Verdict {
  const { producerId, producerEpoch, lastProducerEpoch } = current;
  const bumped = { producerId, producerEpoch: producerEpoch + 1, timeoutMs };
  if (expected === undefined) return granted(initTxn(current, { ...bumped, lastProducerEpoch: none }, wallMs));
  if (expected.producerEpoch === producerEpoch && expected.producerId === producerId) {
    return granted(initTxn(current, { ...bumped, lastProducerEpoch: producerEpoch }, wallMs));
  }
  // The request was served before and its answer lost: it gets the same again.
  if (expected.producerEpoch === lastProducerEpoch) {
    return granted(initTxn(current, { producerId, producerEpoch, lastProducerEpoch, timeoutMs }, wallMs));
  }
  return outcome('PRODUCER_FENCED');
}

function granted(metadata: TxnMetadata): Verdict {
  const { producerId, producerEpoch } = metadata;
  return { error: 'NONE', producerId, producerEpoch, metadata };
}
