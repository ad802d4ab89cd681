import type { BrokerSettings } from '../config/broker-settings.ts';
import type { TransactionHostSettings } from './transaction-host.ts';

/** What the transaction coordinator takes of the broker's settings. */
export function transactionHostSettings(settings: BrokerSettings): TransactionHostSettings {
  return {
    timeoutMsMax: settings.transactionMaxTimeoutMs,
    idleMsMax: settings.transactionalIdExpirationMs,
    abortCheckIntervalMs: settings.transactionAbortTimedOutTransactionCleanupIntervalMs,
    idleCheckIntervalMs: settings.transactionRemoveExpiredTransactionCleanupIntervalMs,
    addWaitMsMax: settings.addPartitionsToTxnRetryBackoffMaxMs,
  };
}
