import { defineApi } from '../schema/api.ts';
import { array, bool, int8, int16, int32, nullable, string, tagged, uuid, zeroUuid } from '../schema/field.ts';

/** CreateTopics (key 19): creates topics. */
export const createTopics = defineApi({
  key: 19,
  name: 'CreateTopics',
  versions: '2-7',
  flexible: '5+',
  request: {
    topics: array('0+', {
      name: string('0+'),
      numPartitions: int32('0+'),
      replicationFactor: int16('0+'),
      assignments: array('0+', {
        partitionIndex: int32('0+'),
        brokerIds: array('0+', int32()),
      }),
      configs: array('0+', {
        name: string('0+'),
        value: nullable(string('0+')),
      }),
    }),
    timeoutMs: int32('0+', { default: 60000 }),
    validateOnly: bool('1+', { default: false }),
  },
  response: {
    throttleTimeMs: int32('2+', { default: 0 }),
    topics: array('0+', {
      name: string('0+'),
      topicId: uuid('7+', { default: zeroUuid }),
      errorCode: int16('0+'),
      errorMessage: nullable(string('1+')),
      topicConfigErrorCode: tagged(0, int16('5+', { default: 0 })),
      numPartitions: int32('5+', { default: -1 }),
      replicationFactor: int16('5+', { default: -1 }),
      configs: nullable(
        array(
          '5+',
          {
            name: string('5+', { default: '' }),
            value: nullable(string('5+', { default: '' })),
            readOnly: bool('5+', { default: false }),
            configSource: int8('5+', { default: -1 }),
            isSensitive: bool('5+', { default: false }),
          },
          { default: [] },
        ),
      ),
    }),
  },
});
