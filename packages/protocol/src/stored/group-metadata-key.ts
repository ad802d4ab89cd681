import { defineRecord } from '../schema/api.ts';
import { string } from '../schema/field.ts';

/** Key of a classic group's state in `__consumer_offsets`. */
export const groupMetadataKey = defineRecord({
  name: 'GroupMetadataKey',
  type: 2,
  versions: '0',
  flexible: 'none',
  fields: {
    group: string('0', { default: '' }),
  },
});
