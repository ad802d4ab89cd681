import { defineApi } from '../schema/api.ts';
import { array, int16, int32, int64, nullable, string } from '../schema/field.ts';

/** ListTransactions (key 66): lists transactions. */
export const listTransactions = defineApi({
  key: 66,
  name: 'ListTransactions',
  versions: '0-2',
  flexible: '0+',
  request: {
    stateFilters: array('0+', string()),
    producerIdFilters: array('0+', int64()),
    durationFilter: int64('1+', { default: -1 }),
    transactionalIdPattern: nullable(string('2+'), { default: null }),
  },
  response: {
    throttleTimeMs: int32('0+', { default: 0 }),
    errorCode: int16('0+'),
    unknownStateFilters: array('0+', string()),
    transactionStates: array('0+', {
      transactionalId: string('0+'),
      producerId: int64('0+'),
      transactionState: string('0+'),
    }),
  },
});
