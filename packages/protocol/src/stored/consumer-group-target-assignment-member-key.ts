import { defineRecord } from '../schema/api.ts';
import { string } from '../schema/field.ts';

/** Key of what a member is meant to have in `__consumer_offsets`. */
export const consumerGroupTargetAssignmentMemberKey = defineRecord({
  name: 'ConsumerGroupTargetAssignmentMemberKey',
  type: 7,
  versions: '0',
  flexible: 'none',
  fields: {
    groupId: string('0', { default: '' }),
    memberId: string('0', { default: '' }),
  },
});
