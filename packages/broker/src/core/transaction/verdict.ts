import type { ErrorName } from '@nagare/protocol';
import { none, type ProducerRef, type TxnMetadata } from './txn-metadata.ts';

/** How a request of a producer ended, and what the producer is from now on; -1 and -1 when that is not told. */
export interface TxnReply extends ProducerRef {
  readonly error: ErrorName;
}

/**
 * What is decided about a request: the answer, and the id's new metadata if it changes. Or nothing yet: a new producer
 * id has to be there first.
 */
export type Verdict = (TxnReply & { readonly metadata?: TxnMetadata }) | 'needs-producer-id';

/** An answer that names no producer. */
export function outcome(error: ErrorName): TxnReply {
  return { error, producerId: none, producerEpoch: none };
}
