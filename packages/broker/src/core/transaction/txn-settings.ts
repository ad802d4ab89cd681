export interface TxnSettings {
  /** `transaction.max.timeout.ms` */
  readonly timeoutMsMax: number;
  /** `transactional.id.expiration.ms` */
  readonly idleMsMax: number;
}
