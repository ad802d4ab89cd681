import { defineRecord } from '../schema/api.ts';
import { array, int32, string, uuid } from '../schema/field.ts';

/** Partitions that a consumer group saw, before Kafka 4.1, in `__consumer_offsets`. */
export const consumerGroupPartitionMetadataValue = defineRecord({
  name: 'ConsumerGroupPartitionMetadataValue',
  type: 4,
  versions: '0',
  flexible: '0+',
  fields: {
    topics: array('0+', {
      topicId: uuid('0+'),
      topicName: string('0+'),
      numPartitions: int32('0+'),
      partitionMetadata: array('0+', {
        partition: int32('0+'),
        racks: array('0+', string()),
      }),
    }),
  },
});
