import { defineRecord } from '../schema/api.ts';
import { array, bytes, int32, nullable, string } from '../schema/field.ts';

/** What a member of a consumer group is assigned, inside SyncGroup. */
export const consumerProtocolAssignment = defineRecord({
  name: 'ConsumerProtocolAssignment',
  versions: '0-3',
  flexible: 'none',
  fields: {
    assignedPartitions: array('0+', {
      topic: string('0+'),
      partitions: array('0+', int32()),
    }),
    userData: nullable(bytes('0+'), { default: null }),
  },
});
