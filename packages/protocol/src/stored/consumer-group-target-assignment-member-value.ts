import { defineRecord } from '../schema/api.ts';
import { array, int32, uuid } from '../schema/field.ts';

/** Partitions that a member is meant to have in `__consumer_offsets`. */
export const consumerGroupTargetAssignmentMemberValue = defineRecord({
  name: 'ConsumerGroupTargetAssignmentMemberValue',
  type: 7,
  versions: '0',
  flexible: '0+',
  fields: {
    topicPartitions: array('0+', {
      topicId: uuid('0+'),
      partitions: array('0+', int32()),
    }),
  },
});
