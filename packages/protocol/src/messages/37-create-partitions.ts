import { defineApi } from '../schema/api.ts';
import { array, bool, int16, int32, nullable, string } from '../schema/field.ts';

/** CreatePartitions (key 37): adds partitions to topics. */
export const createPartitions = defineApi({
  key: 37,
  name: 'CreatePartitions',
  versions: '0-3',
  flexible: '2+',
  request: {
    topics: array('0+', {
      name: string('0+'),
      count: int32('0+'),
      assignments: nullable(
        array('0+', {
          brokerIds: array('0+', int32()),
        }),
      ),
    }),
    timeoutMs: int32('0+'),
    validateOnly: bool('0+'),
  },
  response: {
    throttleTimeMs: int32('0+', { default: 0 }),
    results: array('0+', {
      name: string('0+'),
      errorCode: int16('0+'),
      errorMessage: nullable(string('0+'), { default: null }),
    }),
  },
});
