import type { ErrorName } from '@nagare/protocol';
import { addToTxn, type ProducerRef, type TxnMetadata } from './txn-metadata.ts';
import { hasPartition, type TxnPartition } from './txn-partitions.ts';
import { isPrepared } from './txn-state.ts';
import { outcome, type Verdict } from './verdict.ts';

export interface PartitionsEvent extends ProducerRef {
  readonly transactionalId: string;
  readonly partitions: readonly TxnPartition[];
}

export interface AddEvent extends PartitionsEvent {
  readonly transactionVersion: number;
}

/** Makes partitions part of a transaction, and begins it with the first of them. */
export function addPartitions(current: TxnMetadata | undefined, event: AddEvent, wallMs: number): Verdict {
  if (current === undefined) return outcome('INVALID_PRODUCER_ID_MAPPING');
  // Before the producer is looked at: it may already be what it is after the transaction that is being ended.
  if (isPrepared(current.state)) return outcome('CONCURRENT_TRANSACTIONS');
  if (event.producerId !== current.producerId) return outcome('INVALID_PRODUCER_ID_MAPPING');
  if (event.producerEpoch !== current.producerEpoch) return outcome('PRODUCER_FENCED');
  if (current.state === 'Ongoing' && event.partitions.every((each) => hasPartition(current.partitions, each))) {
    return outcome('NONE');
  }
  return { ...outcome('NONE'), metadata: addToTxn(current, event, wallMs) };
}

/** Says for each partition whether it is in the producer's transaction, and changes nothing (KIP-890). */
export function verifyPartitions(current: TxnMetadata | undefined, event: PartitionsEvent): readonly ErrorName[] {
  const all = (error: ErrorName) => event.partitions.map(() => error);
  if (current === undefined || event.producerId !== current.producerId) return all('INVALID_PRODUCER_ID_MAPPING');
  if (event.producerEpoch !== current.producerEpoch) return all('PRODUCER_FENCED');
  if (isPrepared(current.state)) return all('CONCURRENT_TRANSACTIONS');
  return event.partitions.map((each) => (hasPartition(current.partitions, each) ? 'NONE' : 'TRANSACTION_ABORTABLE'));
}
