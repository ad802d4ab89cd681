import { defineRecord } from '../schema/api.ts';
import { string } from '../schema/field.ts';

/** Key of a consumer group's assignment epoch in `__consumer_offsets`. */
export const consumerGroupTargetAssignmentMetadataKey = defineRecord({
  name: 'ConsumerGroupTargetAssignmentMetadataKey',
  type: 6,
  versions: '0',
  flexible: 'none',
  fields: {
    groupId: string('0', { default: '' }),
  },
});
