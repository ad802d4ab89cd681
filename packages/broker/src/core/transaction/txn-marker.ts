/** The end of a producer's transaction, as it is written into each partition that the transaction touched. */
export interface TxnMarker {
  readonly producerId: number;
  /** The epoch that the partition's producer has after the marker; under transaction version 2 one more than before. */
  readonly producerEpoch: number;
  /** Fences coordinators that have been replaced. */
  readonly coordinatorEpoch: number;
  /** Whether the transaction's records count; false for an abort. */
  readonly isCommit: boolean;
  /** 2 when the epoch rises with each transaction (KIP-890), else 0 or 1. */
  readonly transactionVersion: number;
}
