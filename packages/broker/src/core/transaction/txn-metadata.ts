import { assert } from '@nagare/base';
import { noPartitions, type TxnPartition, type TxnPartitions, withPartitions } from './txn-partitions.ts';
import { previousStates, type TxnState } from './txn-state.ts';

/** Where there is no producer id or epoch. */
export const none = -1;

const epochMax = 32_767;
/** From this epoch on the next one would have nothing behind it, so that the producer gets a new id instead. */
const lastEpoch = epochMax - 1;
/** The version of transactions in which the epoch rises with each of them (KIP-890). */
export const epochPerTransaction = 2;

/** A transactional id as `__transaction_state` remembers it. It is never changed: every step gives another. */
export interface TxnMetadata {
  readonly transactionalId: string;
  readonly producerId: number;
  /** The producer id before the last change, which may be the same one; -1 if an old broker did not store it. */
  readonly previousProducerId: number;
  /** The id that the producer has after a decided transaction, because its epochs are used up; -1 for the same. */
  readonly nextProducerId: number;
  readonly producerEpoch: number;
  /**
   * The epoch of which the present one is the successor that its owner asked for; -1 for none. By it the request whose
   * answer was lost is known when it is repeated. Kafka's format has no place for it, so that a restart forgets it.
   */
  readonly lastProducerEpoch: number;
  readonly timeoutMs: number;
  readonly state: TxnState;
  readonly partitions: TxnPartitions;
  /** Wall-clock time of the first partition; -1 while there has been no transaction. */
  readonly startMs: number;
  /** Wall-clock time of the last change. */
  readonly updateMs: number;
  readonly transactionVersion: number;
}

/** A producer as a request names it. */
export interface ProducerRef {
  readonly producerId: number;
  readonly producerEpoch: number;
}

export function isEpochExhausted({ producerEpoch }: Pick<ProducerRef, 'producerEpoch'>): boolean {
  return producerEpoch >= lastEpoch;
}

export function createTxn(
  { transactionalId, producerId, timeoutMs }: Pick<TxnMetadata, 'transactionalId' | 'producerId' | 'timeoutMs'>,
  wallMs: number,
): TxnMetadata {
  // Without a spread: an object that begins as one gets a hidden class of its own, which takes more memory than it does.
  return {
    transactionalId,
    producerId,
    previousProducerId: producerId,
    nextProducerId: none,
    producerEpoch: 0,
    lastProducerEpoch: none,
    timeoutMs,
    state: 'Empty',
    partitions: noPartitions,
    startMs: none,
    updateMs: wallMs,
    transactionVersion: 0,
  };
}

/** Begins anew under the next epoch, under a new producer id, or unchanged when it is a repeated request. */
export function initTxn(
  current: TxnMetadata,
  changes: ProducerRef & Pick<TxnMetadata, 'lastProducerEpoch' | 'timeoutMs'>,
  wallMs: number,
): TxnMetadata {
  return change(current, { ...changes, state: 'Empty', partitions: noPartitions, startMs: none, updateMs: wallMs });
}

export function addToTxn(
  current: TxnMetadata,
  added: { readonly partitions: readonly TxnPartition[]; readonly transactionVersion: number },
  wallMs: number,
): TxnMetadata {
  return change(current, {
    state: 'Ongoing',
    partitions: withPartitions(current.partitions, added.partitions),
    startMs: current.state === 'Ongoing' ? current.startMs : wallMs,
    updateMs: wallMs,
    transactionVersion: added.transactionVersion,
  });
}

/**
 * Decides a transaction. The epoch rises with the decision where the version says so: what a client sends late under the
 * old one then cannot get into the next transaction.
 *
 * @param decision - `nextProducerId`: the id after the transaction if the epochs are used up, else -1.
 */
export function prepareTxn(
  current: TxnMetadata,
  decision: { readonly isCommit: boolean; readonly transactionVersion: number; readonly nextProducerId: number },
  wallMs: number,
): TxnMetadata {
  const { isCommit, transactionVersion, nextProducerId } = decision;
  const bumps = transactionVersion >= epochPerTransaction;
  return change(current, {
    state: isCommit ? 'PrepareCommit' : 'PrepareAbort',
    // Only a log of old brokers can hold the very last epoch with a transaction under it: that is aborted as it is.
    producerEpoch: bumps ? Math.min(current.producerEpoch + 1, epochMax) : current.producerEpoch,
    lastProducerEpoch: bumps ? current.producerEpoch : current.lastProducerEpoch,
    nextProducerId,
    startMs: current.state === 'Ongoing' ? current.startMs : wallMs,
    updateMs: wallMs,
    transactionVersion,
  });
}

/** Ends a decided transaction, of which every partition has been told. */
export function completeTxn(current: TxnMetadata, wallMs: number): TxnMetadata {
  const { producerId, producerEpoch } = producerAfter(current);
  return change(current, {
    ...{ producerId, producerEpoch, nextProducerId: none },
    state: current.state === 'PrepareCommit' ? 'CompleteCommit' : 'CompleteAbort',
    partitions: noPartitions,
    updateMs: wallMs,
  });
}

/** What its producer goes on with after a decided transaction. */
export function producerAfter(current: TxnMetadata): ProducerRef {
  const { nextProducerId, producerId, producerEpoch, transactionVersion } = current;
  const isRotated = nextProducerId !== none && transactionVersion >= epochPerTransaction;
  return isRotated ? { producerId: nextProducerId, producerEpoch: 0 } : { producerId, producerEpoch };
}

function change(current: TxnMetadata, changes: Partial<TxnMetadata> & Pick<TxnMetadata, 'state'>): TxnMetadata {
  const next = { ...current, previousProducerId: current.producerId, ...changes };
  const { transactionalId, state, producerEpoch } = next;
  assert(previousStates[state].includes(current.state), `${transactionalId} went from ${current.state} to ${state}`);
  assert(producerEpoch >= 0 && producerEpoch <= epochMax, `${transactionalId} has epoch ${producerEpoch}`);
  return next;
}
