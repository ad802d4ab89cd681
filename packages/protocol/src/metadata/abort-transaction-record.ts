import { defineRecord } from '../schema/api.ts';
import { nullable, string, tagged } from '../schema/field.ts';

/** A group of metadata records is dropped. */
export const abortTransactionRecord = defineRecord({
  name: 'AbortTransactionRecord',
  type: 25,
  versions: '0',
  flexible: '0+',
  fields: {
    reason: tagged(0, nullable(string('0+'), { default: null })),
  },
});
