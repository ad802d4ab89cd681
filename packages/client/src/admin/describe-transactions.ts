import { apis } from '@nagare/protocol';
import { flattenTopics } from '../core/assignors/by-topic.ts';
import type { TransactionDescription } from './admin.ts';
import type { AdminContext } from './admin-context.ts';

/** Asks the coordinators what they hold of transactional ids. */
export function describeTransactions(
  context: AdminContext,
  { transactionalIds }: { readonly transactionalIds: readonly string[] },
): Promise<TransactionDescription[]> {
  return Promise.all(transactionalIds.map((id) => context.retrying(() => describe(context, id))));
}

async function describe(context: AdminContext, transactionalId: string): Promise<TransactionDescription> {
  const coordinator = context.coordinatorOf(transactionalId, 'transaction');
  const nodeId = await coordinator.nodeId();
  const answer = await coordinator.request(apis.describeTransactions, { transactionalIds: [transactionalId] });
  const row = answer.transactionStates[0];
  coordinator.check(row?.errorCode ?? 0, 'DescribeTransactions');
  return {
    transactionalId,
    coordinator: nodeId,
    state: row?.transactionState ?? '',
    producerId: row?.producerId ?? -1,
    producerEpoch: row?.producerEpoch ?? -1,
    timeoutMs: row?.transactionTimeoutMs ?? 0,
    startTimeMs: row?.transactionStartTimeMs ?? -1,
    partitions: flattenTopics(row?.topics ?? []),
  };
}
