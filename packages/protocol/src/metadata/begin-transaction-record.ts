import { defineRecord } from '../schema/api.ts';
import { nullable, string, tagged } from '../schema/field.ts';

/** A group of metadata records that count together begins. */
export const beginTransactionRecord = defineRecord({
  name: 'BeginTransactionRecord',
  type: 23,
  versions: '0',
  flexible: '0+',
  fields: {
    name: tagged(0, nullable(string('0+'), { default: null })),
  },
});
