import { defineRecord } from '../schema/api.ts';
import { string } from '../schema/field.ts';

/** Key of a transactional id's state in `__transaction_state`. */
export const transactionLogKey = defineRecord({
  name: 'TransactionLogKey',
  type: 0,
  versions: '0',
  flexible: 'none',
  fields: {
    transactionalId: string('0', { default: '' }),
  },
});
