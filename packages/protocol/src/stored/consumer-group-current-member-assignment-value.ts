import { defineRecord } from '../schema/api.ts';
import { array, int8, int32, nullable, tagged, uuid } from '../schema/field.ts';

/** Partitions that a member has or is giving up in `__consumer_offsets`. */
export const consumerGroupCurrentMemberAssignmentValue = defineRecord({
  name: 'ConsumerGroupCurrentMemberAssignmentValue',
  type: 8,
  versions: '0',
  flexible: '0+',
  fields: {
    memberEpoch: int32('0+'),
    previousMemberEpoch: int32('0+'),
    state: int8('0+'),
    assignedPartitions: array('0+', {
      topicId: uuid('0+'),
      partitions: array('0+', int32()),
      assignmentEpochs: tagged(0, nullable(array('0+', int32()))),
    }),
    partitionsPendingRevocation: array('0+', {
      topicId: uuid('0+'),
      partitions: array('0+', int32()),
      assignmentEpochs: tagged(0, nullable(array('0+', int32()))),
    }),
  },
});
