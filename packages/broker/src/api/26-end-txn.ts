import { apis, errorCode } from '@nagare/protocol';
import { epochPerTransaction } from '../core/transaction/txn-metadata.ts';
import { outcome, type TxnReply } from '../core/transaction/verdict.ts';
import { defineHandler } from './define-handler.ts';
import { isTransactionalId, producerFencedAs } from './transactional-id.ts';

const firstVersionWith = { fenced: 2, epochBump: 5 } as const;

/** Commits or aborts a transaction; from version 5 on the producer goes on under the epoch in the answer. */
export const handleEndTxn = defineHandler(apis.endTxn, {
  async handle(request, { version, broker }) {
    const { transactionalId, producerId, producerEpoch, committed: isCommit } = request;
    if (!isTransactionalId(transactionalId)) return answer(outcome('INVALID_REQUEST'), version);
    const transactionVersion = version >= firstVersionWith.epochBump ? epochPerTransaction : 0;
    const event = { transactionalId, producerId, producerEpoch, isCommit, transactionVersion };
    return answer(await broker.transactions.end(event), version);
  },
  refuse: (_, error, { version }) => answer(outcome(error), version),
});

function answer({ error, producerId, producerEpoch }: TxnReply, version: number) {
  const told = version < firstVersionWith.fenced ? producerFencedAs(error) : error;
  return { errorCode: errorCode[told], producerId, producerEpoch };
}
