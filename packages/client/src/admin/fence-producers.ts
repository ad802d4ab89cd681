import { apis } from '@nagare/protocol';
import type { FencedProducer } from './admin.ts';
import type { AdminContext } from './admin-context.ts';

/** How long a transaction of the fencing producer could stay open; it never begins one. Brokers check it all the same. */
const transactionTimeoutMs = 60_000;

/** Gives transactional ids a new epoch, which ends what is open under them and shuts their producers out. */
export function fenceProducers(
  context: AdminContext,
  { transactionalIds }: { readonly transactionalIds: readonly string[] },
): Promise<FencedProducer[]> {
  return Promise.all(transactionalIds.map((id) => context.retrying(() => fence(context, id))));
}

async function fence(context: AdminContext, transactionalId: string): Promise<FencedProducer> {
  const coordinator = context.coordinatorOf(transactionalId, 'transaction');
  const answer = await coordinator.request(apis.initProducerId, { transactionalId, transactionTimeoutMs });
  coordinator.check(answer.errorCode, 'InitProducerId');
  const { producerId, producerEpoch } = answer;
  return { transactionalId, producerId, producerEpoch };
}
