import type { TxnMetadata } from './txn-metadata.ts';

/** What a transaction coordinator remembers: one entry of `__transaction_state`. */
export type TxnRecord =
  | { readonly type: 'transaction'; readonly metadata: TxnMetadata }
  | { readonly type: 'tombstone'; readonly transactionalId: string };

export function recordOf(metadata: TxnMetadata): TxnRecord {
  return { type: 'transaction', metadata };
}
