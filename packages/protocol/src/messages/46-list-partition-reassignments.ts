import { defineApi } from '../schema/api.ts';
import { array, int16, int32, nullable, string } from '../schema/field.ts';

/** ListPartitionReassignments (key 46): lists the moves of partitions that are under way. */
export const listPartitionReassignments = defineApi({
  key: 46,
  name: 'ListPartitionReassignments',
  versions: '0',
  flexible: '0+',
  request: {
    timeoutMs: int32('0+', { default: 60000 }),
    topics: nullable(
      array('0+', {
        name: string('0+'),
        partitionIndexes: array('0+', int32()),
      }),
      { default: null },
    ),
  },
  response: {
    throttleTimeMs: int32('0+', { default: 0 }),
    errorCode: int16('0+'),
    errorMessage: nullable(string('0+')),
    topics: array('0+', {
      name: string('0+'),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        replicas: array('0+', int32()),
        addingReplicas: array('0+', int32()),
        removingReplicas: array('0+', int32()),
      }),
    }),
  },
});
