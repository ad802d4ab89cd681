import { defineApi } from '../schema/api.ts';
import { array, bool, int16, int32, nullable, string, struct, uuid } from '../schema/field.ts';

/** DescribeTopicPartitions (key 75): describes partitions of topics, page by page. */
export const describeTopicPartitions = defineApi({
  key: 75,
  name: 'DescribeTopicPartitions',
  versions: '0',
  flexible: '0+',
  request: {
    topics: array('0+', {
      name: string('0+'),
    }),
    responsePartitionLimit: int32('0+', { default: 2000 }),
    cursor: nullable(
      struct('0+', {
        topicName: string('0+'),
        partitionIndex: int32('0+'),
      }),
      { default: null },
    ),
  },
  response: {
    throttleTimeMs: int32('0+', { default: 0 }),
    topics: array('0+', {
      errorCode: int16('0+'),
      name: nullable(string('0+')),
      topicId: uuid('0+'),
      isInternal: bool('0+', { default: false }),
      partitions: array('0+', {
        errorCode: int16('0+'),
        partitionIndex: int32('0+'),
        leaderId: int32('0+'),
        leaderEpoch: int32('0+', { default: -1 }),
        replicaNodes: array('0+', int32()),
        isrNodes: array('0+', int32()),
        eligibleLeaderReplicas: nullable(array('0+', int32()), { default: null }),
        lastKnownElr: nullable(array('0+', int32()), { default: null }),
        offlineReplicas: array('0+', int32()),
      }),
      topicAuthorizedOperations: int32('0+', { default: -2_147_483_648 }),
    }),
    nextCursor: nullable(
      struct('0+', {
        topicName: string('0+'),
        partitionIndex: int32('0+'),
      }),
      { default: null },
    ),
  },
});
