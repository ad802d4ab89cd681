import { defineRecord } from '../schema/api.ts';
import { string } from '../schema/field.ts';

/** Key of the partitions that a consumer group saw, before Kafka 4.1, in `__consumer_offsets`. */
export const consumerGroupPartitionMetadataKey = defineRecord({
  name: 'ConsumerGroupPartitionMetadataKey',
  type: 4,
  versions: '0',
  flexible: 'none',
  fields: {
    groupId: string('0', { default: '' }),
  },
});
