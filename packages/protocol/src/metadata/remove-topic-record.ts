import { defineRecord } from '../schema/api.ts';
import { uuid } from '../schema/field.ts';

/** A topic is deleted. */
export const removeTopicRecord = defineRecord({
  name: 'RemoveTopicRecord',
  type: 9,
  versions: '0',
  flexible: '0+',
  fields: {
    topicId: uuid('0+'),
  },
});
