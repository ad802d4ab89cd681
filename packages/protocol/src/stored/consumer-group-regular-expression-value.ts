import { defineRecord } from '../schema/api.ts';
import { array, int64, string } from '../schema/field.ts';

/** Topics that a regular expression matched in `__consumer_offsets`. */
export const consumerGroupRegularExpressionValue = defineRecord({
  name: 'ConsumerGroupRegularExpressionValue',
  type: 16,
  versions: '0',
  flexible: '0+',
  fields: {
    topics: array('0+', string()),
    version: int64('0+'),
    timestamp: int64('0+'),
  },
});
