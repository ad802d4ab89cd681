import { defineRecord } from '../schema/api.ts';
import { int32, int64, tagged } from '../schema/field.ts';

/** Epoch of a consumer group's target assignment in `__consumer_offsets`. */
export const consumerGroupTargetAssignmentMetadataValue = defineRecord({
  name: 'ConsumerGroupTargetAssignmentMetadataValue',
  type: 6,
  versions: '0',
  flexible: '0+',
  fields: {
    assignmentEpoch: int32('0+'),
    assignmentTimestamp: tagged(0, int64('0+', { default: 0 })),
  },
});
