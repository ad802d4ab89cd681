import { defineRecord } from '../schema/api.ts';
import { string, uuid } from '../schema/field.ts';

/** A topic is created. */
export const topicRecord = defineRecord({
  name: 'TopicRecord',
  type: 2,
  versions: '0',
  flexible: '0+',
  fields: {
    name: string('0+'),
    topicId: uuid('0+'),
  },
});
