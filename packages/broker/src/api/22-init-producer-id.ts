import { apis, type ErrorName, errorCode, type RequestOf } from '@nagare/protocol';
import { none } from '../core/transaction/txn-metadata.ts';
import { outcome, type TxnReply } from '../core/transaction/verdict.ts';
import type { RequestContext } from './context.ts';
import { defineHandler } from './define-handler.ts';
import { isTransactionalId, producerFencedAs } from './transactional-id.ts';

const firstVersionWithFenced = 4;

/** Gives a producer its id and epoch: a new id to an idempotent one, the next epoch to a transactional one. */
export const handleInitProducerId = defineHandler(apis.initProducerId, {
  async handle(request, context) {
    return answer(await init(request, context), context.version);
  },
  // The error that every producer takes as a reason to ask again.
  refuse: (_, __, { version }) => answer(outcome('COORDINATOR_LOAD_IN_PROGRESS'), version),
});

async function init(request: RequestOf<typeof apis.initProducerId>, { broker }: RequestContext): Promise<TxnReply> {
  const { transactionalId, transactionTimeoutMs, producerId, producerEpoch } = request;
  if ((producerId === none) !== (producerEpoch === none)) return outcome('INVALID_REQUEST');
  if (transactionalId === null) {
    return { error: 'NONE', producerId: await broker.controller.nextProducerId(), producerEpoch: 0 };
  }
  if (!isTransactionalId(transactionalId)) return outcome('INVALID_REQUEST');
  const expected = producerId === none ? undefined : { producerId, producerEpoch };
  return broker.transactions.init({ transactionalId, timeoutMs: transactionTimeoutMs, expected });
}

function answer({ error, producerId, producerEpoch }: TxnReply, version: number) {
  const told: ErrorName = version < firstVersionWithFenced ? producerFencedAs(error) : error;
  return { errorCode: errorCode[told], producerId, producerEpoch };
}
