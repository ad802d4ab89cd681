import { defineRecord } from '../schema/api.ts';
import { int32, int64, tagged } from '../schema/field.ts';

/** Epoch of a consumer group and of its metadata in `__consumer_offsets`. */
export const consumerGroupMetadataValue = defineRecord({
  name: 'ConsumerGroupMetadataValue',
  type: 3,
  versions: '0',
  flexible: '0+',
  fields: {
    epoch: int32('0+'),
    metadataHash: tagged(0, int64('0+', { default: 0 })),
  },
});
