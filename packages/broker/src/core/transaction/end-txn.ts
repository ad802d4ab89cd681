import {
  epochPerTransaction,
  isEpochExhausted,
  none,
  type ProducerRef,
  prepareTxn,
  producerAfter,
  type TxnMetadata,
} from './txn-metadata.ts';
import { isPrepared } from './txn-state.ts';
import { outcome, type Verdict } from './verdict.ts';

export interface EndEvent extends ProducerRef {
  readonly transactionalId: string;
  readonly isCommit: boolean;
  /** 2 for clients whose epoch rises with each transaction, else 0. */
  readonly transactionVersion: number;
  /** A producer id that nobody has, for the case that one is needed. */
  readonly freshProducerId: number | undefined;
}

/** Decides a transaction, once: a repeated request gets the answer of the first. */
export function endTxn(current: TxnMetadata | undefined, event: EndEvent, wallMs: number): Verdict {
  if (current === undefined) return outcome('INVALID_PRODUCER_ID_MAPPING');
  return event.transactionVersion >= epochPerTransaction
    ? endWithBump(current, event, wallMs)
    : endWithoutBump(current, event, wallMs);
}

/** The older protocol: the epoch stays, so that a late request cannot be told from a new one. */
function endWithoutBump(current: TxnMetadata, event: EndEvent, wallMs: number): Verdict {
  if (event.producerId !== current.producerId) return outcome('INVALID_PRODUCER_ID_MAPPING');
  if (event.producerEpoch !== current.producerEpoch) return outcome('PRODUCER_FENCED');
  switch (current.state) {
    case 'Ongoing':
      return decided(prepareTxn(current, { ...event, nextProducerId: none }, wallMs));
    case 'Empty':
      return outcome('INVALID_TXN_STATE');
    case 'PrepareCommit':
    case 'PrepareAbort':
      return outcome(isSameResult(current, event) ? 'CONCURRENT_TRANSACTIONS' : 'INVALID_TXN_STATE');
    case 'CompleteCommit':
    case 'CompleteAbort':
      return isSameResult(current, event) ? unchanged(current) : outcome('INVALID_TXN_STATE');
  }
}

/**
 * KIP-890: a request under the epoch of before is a repeated one; under the present epoch it is about the next
 * transaction, which may be aborted although the coordinator has seen nothing of it.
 */
function endWithBump(current: TxnMetadata, event: EndEvent, wallMs: number): Verdict {
  // Whatever the request is about, it can be told only when the markers are written.
  if (isPrepared(current.state)) return outcome('CONCURRENT_TRANSACTIONS');
  if (isRepeated(current, event)) {
    return isSameResult(current, event) ? unchanged(current) : outcome('INVALID_TXN_STATE');
  }
  if (event.producerId !== current.producerId) return outcome('INVALID_PRODUCER_ID_MAPPING');
  if (event.producerEpoch !== current.producerEpoch) return outcome('PRODUCER_FENCED');
  if (current.state !== 'Ongoing' && event.isCommit) return outcome('INVALID_TXN_STATE');
  if (isEpochExhausted(current) && event.freshProducerId === undefined) return 'needs-producer-id';
  const nextProducerId = isEpochExhausted(current) ? (event.freshProducerId as number) : none;
  return decided(prepareTxn(current, { ...event, nextProducerId }, wallMs));
}

function isRepeated(current: TxnMetadata, event: EndEvent): boolean {
  if (current.state !== 'CompleteCommit' && current.state !== 'CompleteAbort') return false;
  if (event.producerId === current.producerId && event.producerEpoch + 1 === current.producerEpoch) return true;
  const isOfRotatedId = event.producerId === current.previousProducerId && isEpochExhausted(event);
  return isOfRotatedId && current.producerId !== current.previousProducerId && current.producerEpoch === 0;
}

function isSameResult({ state }: TxnMetadata, { isCommit }: EndEvent): boolean {
  return isCommit === (state === 'PrepareCommit' || state === 'CompleteCommit');
}

function decided(metadata: TxnMetadata): Verdict {
  return { error: 'NONE', ...producerAfter(metadata), metadata };
}

function unchanged({ producerId, producerEpoch }: TxnMetadata): Verdict {
  return { error: 'NONE', producerId, producerEpoch };
}
