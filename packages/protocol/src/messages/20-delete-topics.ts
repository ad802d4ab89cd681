import { defineApi } from '../schema/api.ts';
import { array, int16, int32, nullable, string, uuid, zeroUuid } from '../schema/field.ts';

/** DeleteTopics (key 20): deletes topics, by name or id. */
export const deleteTopics = defineApi({
  key: 20,
  name: 'DeleteTopics',
  versions: '1-6',
  flexible: '4+',
  request: {
    topics: array(
      '6+',
      {
        name: nullable(string('6+'), { default: null }),
        topicId: uuid('6+', { default: zeroUuid }),
      },
      { default: [] },
    ),
    topicNames: array('0-5', string(), { default: [] }),
    timeoutMs: int32('0+'),
  },
  response: {
    throttleTimeMs: int32('1+', { default: 0 }),
    responses: array('0+', {
      name: nullable(string('0+'), { versions: '6+' }),
      topicId: uuid('6+', { default: zeroUuid }),
      errorCode: int16('0+'),
      errorMessage: nullable(string('5+'), { default: null }),
    }),
  },
});
