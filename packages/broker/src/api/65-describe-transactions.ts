import { apis, type ErrorName, errorCode } from '@nagare/protocol';
import type { TxnMetadata } from '../core/transaction/txn-metadata.ts';
import type { RequestContext } from './context.ts';
import { defineHandler } from './define-handler.ts';
import { once } from './once.ts';

/** Says how far transactional ids have come. */
export const handleDescribeTransactions = defineHandler(apis.describeTransactions, {
  async handle({ transactionalIds }, context) {
    const transactionStates = await Promise.all(transactionalIds.map(once((id) => describe(id, context))));
    return { transactionStates };
  },
  refuse: ({ transactionalIds }, error) => ({
    transactionStates: transactionalIds.map((transactionalId) => unknown(transactionalId, error)),
  }),
});

async function describe(transactionalId: string, { broker }: RequestContext) {
  if (transactionalId === '') return unknown(transactionalId, 'INVALID_REQUEST');
  const found = await broker.transactions.describe(transactionalId);
  return typeof found === 'string' ? unknown(transactionalId, found) : known(found);
}

function known(txn: TxnMetadata) {
  return {
    errorCode: errorCode.NONE,
    transactionalId: txn.transactionalId,
    transactionState: txn.state,
    transactionTimeoutMs: txn.timeoutMs,
    transactionStartTimeMs: txn.startMs,
    producerId: txn.producerId,
    producerEpoch: txn.producerEpoch,
    topics: Array.from(txn.partitions, ([topic, partitions]) => ({ topic, partitions: [...partitions] })),
  };
}

function unknown(transactionalId: string, error: ErrorName) {
  return {
    errorCode: errorCode[error],
    transactionalId,
    transactionState: '',
    transactionTimeoutMs: 0,
    transactionStartTimeMs: 0,
    producerId: 0,
    producerEpoch: 0,
    topics: [],
  };
}
