import { defineApi } from '../schema/api.ts';
import { array, int8, int16, int32, nullable, string } from '../schema/field.ts';

/** ElectLeaders (key 43): elects leaders of partitions. */
export const electLeaders = defineApi({
  key: 43,
  name: 'ElectLeaders',
  versions: '0-2',
  flexible: '2+',
  request: {
    electionType: int8('1+', { default: 0 }),
    topicPartitions: nullable(
      array('0+', {
        topic: string('0+'),
        partitions: array('0+', int32()),
      }),
    ),
    timeoutMs: int32('0+', { default: 60000 }),
  },
  response: {
    throttleTimeMs: int32('0+', { default: 0 }),
    errorCode: int16('1+', { default: 0 }),
    replicaElectionResults: array('0+', {
      topic: string('0+'),
      partitionResult: array('0+', {
        partitionId: int32('0+'),
        errorCode: int16('0+'),
        errorMessage: nullable(string('0+')),
      }),
    }),
  },
});
