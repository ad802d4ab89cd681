import { apis, type ErrorName, errorCode } from '@nagare/protocol';
import { TopicPattern } from '../core/group/consumer/topic-pattern.ts';
import { unknownStates } from '../core/transaction/txn-views.ts';
import { defineHandler } from './define-handler.ts';

/** Lists transactional ids by state, producer, duration and pattern. */
export const handleListTransactions = defineHandler(apis.listTransactions, {
  async handle({ stateFilters, producerIdFilters, durationFilter, transactionalIdPattern }, { broker }) {
    const pattern = patternOf(transactionalIdPattern);
    if (pattern === 'invalid') return failure('INVALID_REGULAR_EXPRESSION');
    const filter = { states: stateFilters, producerIds: producerIdFilters, durationMs: durationFilter };
    const { error, listed } = await broker.transactions.list(filter);
    if (error !== 'NONE') return failure(error);
    const transactionStates =
      pattern === undefined ? listed : listed.filter(({ transactionalId }) => pattern.fits(transactionalId));
    return { errorCode: errorCode.NONE, unknownStateFilters: unknownStates(stateFilters), transactionStates };
  },
  refuse: (_, error) => failure(error),
});

/** A pattern that ids have to fit as a whole; undefined for any id. */
function patternOf(source: string | null): TopicPattern | 'invalid' | undefined {
  if (source === null || source === '') return undefined;
  const pattern = TopicPattern.compile(source);
  return typeof pattern === 'string' ? 'invalid' : pattern;
}

function failure(error: ErrorName) {
  return { errorCode: errorCode[error], unknownStateFilters: [], transactionStates: [] };
}
