import { defineRecord } from '../schema/api.ts';
import { array, bytes, int32, nullable, string } from '../schema/field.ts';

/** What a member of a consumer group subscribes to, inside JoinGroup. */
export const consumerProtocolSubscription = defineRecord({
  name: 'ConsumerProtocolSubscription',
  versions: '0-3',
  flexible: 'none',
  fields: {
    topics: array('0+', string()),
    userData: nullable(bytes('0+'), { default: null }),
    ownedPartitions: array(
      '1+',
      {
        topic: string('1+', { default: '' }),
        partitions: array('1+', int32(), { default: [] }),
      },
      { default: [] },
    ),
    generationId: int32('2+', { default: -1 }),
    rackId: nullable(string('3+'), { default: null }),
  },
});
