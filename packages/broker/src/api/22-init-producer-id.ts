import { apis, type ErrorName, errorCode, type RequestOf } from '@nagare/protocol';
import { defineHandler } from './define-handler.ts';

const none = -1;

/** Gives an idempotent producer an id that no other producer ever had. */
export const handleInitProducerId = defineHandler(apis.initProducerId, {
  async handle(request, { broker }) {
    const error = fault(request);
    if (error !== undefined) return { errorCode: errorCode[error], producerId: none, producerEpoch: none };
    return { errorCode: errorCode.NONE, producerId: await broker.controller.nextProducerId(), producerEpoch: 0 };
  },
  // The error that every producer takes as a reason to ask again.
  refuse: () => ({ errorCode: errorCode.COORDINATOR_LOAD_IN_PROGRESS, producerId: none, producerEpoch: none }),
});

/**
 * Transactional ids get UNSUPPORTED_VERSION, because no node of this cluster coordinates transactions: every client takes that
 * as final and names it in its exception, while the coordinator errors would make it try again for ever.
 */
function fault(request: RequestOf<typeof apis.initProducerId>): ErrorName | undefined {
  const { transactionalId, producerId, producerEpoch } = request;
  if ((producerId === none) !== (producerEpoch === none) || transactionalId === '') return 'INVALID_REQUEST';
  return transactionalId === null ? undefined : 'UNSUPPORTED_VERSION';
}
