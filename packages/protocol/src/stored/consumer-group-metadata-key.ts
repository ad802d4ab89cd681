import { defineRecord } from '../schema/api.ts';
import { string } from '../schema/field.ts';

/** Key of a consumer group's epoch in `__consumer_offsets`. */
export const consumerGroupMetadataKey = defineRecord({
  name: 'ConsumerGroupMetadataKey',
  type: 3,
  versions: '0',
  flexible: 'none',
  fields: {
    groupId: string('0', { default: '' }),
  },
});
