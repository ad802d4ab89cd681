import { ClientError, type ClientErrorCode } from '@nagare/client';

/** Failures after which an application under exactly_once_v2 goes on from its last commit, as if it had just started. */
const codes: ReadonlySet<ClientErrorCode> = new Set<ClientErrorCode>([
  'NAGARE_CLIENT_DELIVERY_TIMEOUT',
  'NAGARE_CLIENT_FENCED',
  'NAGARE_CLIENT_GROUP_LOST',
  'NAGARE_CLIENT_REQUEST_TIMEOUT',
  'NAGARE_CLIENT_TRANSACTION_UNDECIDED',
]);

/** Answers that mean no more than that somebody else has gone on, or that a transaction is out of time or order. */
const answers: ReadonlySet<string | undefined> = new Set([
  undefined,
  'CONCURRENT_TRANSACTIONS',
  'FENCED_INSTANCE_ID',
  'ILLEGAL_GENERATION',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'INVALID_TXN_STATE',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'PRODUCER_FENCED',
  'REBALANCE_IN_PROGRESS',
  'STALE_MEMBER_EPOCH',
  'TRANSACTION_ABORTABLE',
  'UNKNOWN_MEMBER_ID',
  'UNKNOWN_PRODUCER_ID',
]);

/** Whether a transaction that failed so may succeed when its work is done again. What the client itself would try again is among it. */
export function isRecoverable(error: unknown): error is ClientError {
  if (!(error instanceof ClientError)) return false;
  if (error.retriable) return true;
  switch (error.code) {
    case 'NAGARE_CLIENT_KAFKA':
    case 'NAGARE_CLIENT_TRANSACTION_ABORTABLE':
    case 'NAGARE_CLIENT_TRANSACTION_FATAL':
      return answers.has(error.kafka);
    default:
      return codes.has(error.code);
  }
}
