import { defineRecord } from '../schema/api.ts';
import { int32, string } from '../schema/field.ts';

/** Key of a committed offset in `__consumer_offsets`. */
export const offsetCommitKey = defineRecord({
  name: 'OffsetCommitKey',
  type: 1,
  versions: '0',
  flexible: 'none',
  fields: {
    group: string('0', { default: '' }),
    topic: string('0', { default: '' }),
    partition: int32('0', { default: 0 }),
  },
});
