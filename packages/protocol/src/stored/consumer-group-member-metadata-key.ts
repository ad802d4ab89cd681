import { defineRecord } from '../schema/api.ts';
import { string } from '../schema/field.ts';

/** Key of a member of a consumer group in `__consumer_offsets`. */
export const consumerGroupMemberMetadataKey = defineRecord({
  name: 'ConsumerGroupMemberMetadataKey',
  type: 5,
  versions: '0',
  flexible: 'none',
  fields: {
    groupId: string('0', { default: '' }),
    memberId: string('0', { default: '' }),
  },
});
