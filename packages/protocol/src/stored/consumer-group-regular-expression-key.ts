import { defineRecord } from '../schema/api.ts';
import { string } from '../schema/field.ts';

/** Key of a resolved regular expression in `__consumer_offsets`. */
export const consumerGroupRegularExpressionKey = defineRecord({
  name: 'ConsumerGroupRegularExpressionKey',
  type: 16,
  versions: '0',
  flexible: 'none',
  fields: {
    groupId: string('0', { default: '' }),
    regularExpression: string('0', { default: '' }),
  },
});
