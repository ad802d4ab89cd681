import { apis } from '@nagare/protocol';
import { checkAnswer } from '../errors.ts';
import type { TransactionListing } from './admin.ts';
import type { AdminContext } from './admin-context.ts';

export interface ListTransactionsRequest {
  readonly states?: readonly string[];
  readonly producerIds?: readonly number[];
  readonly longerThanMs?: number;
}

/** Lists the transactional ids of all brokers by name. */
export async function listTransactions(
  context: AdminContext,
  { states = [], producerIds = [], longerThanMs = -1 }: ListTransactionsRequest = {},
): Promise<TransactionListing[]> {
  const listed = new Map<string, TransactionListing>();
  const draft = { stateFilters: states, producerIdFilters: producerIds, durationFilter: longerThanMs };
  await context.retrying(async () => {
    for (const answer of await context.requestAll(apis.listTransactions, draft)) {
      checkAnswer(answer.errorCode, 'ListTransactions');
      for (const { transactionalId, producerId, transactionState: state } of answer.transactionStates)
        listed.set(transactionalId, { transactionalId, producerId, state });
    }
  });
  return [...listed.values()].sort((a, b) => (a.transactionalId < b.transactionalId ? -1 : 1));
}
