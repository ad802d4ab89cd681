import { defineRecord } from '../schema/api.ts';

/** A group of metadata records takes effect. */
export const endTransactionRecord = defineRecord({
  name: 'EndTransactionRecord',
  type: 24,
  versions: '0',
  flexible: '0+',
  fields: {},
});
