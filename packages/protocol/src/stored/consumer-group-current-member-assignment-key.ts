import { defineRecord } from '../schema/api.ts';
import { string } from '../schema/field.ts';

/** Key of what a member has in `__consumer_offsets`. */
export const consumerGroupCurrentMemberAssignmentKey = defineRecord({
  name: 'ConsumerGroupCurrentMemberAssignmentKey',
  type: 8,
  versions: '0',
  flexible: 'none',
  fields: {
    groupId: string('0', { default: '' }),
    memberId: string('0', { default: '' }),
  },
});
