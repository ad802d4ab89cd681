import { defineApi } from '../schema/api.ts';
import { array, bool, int16, int32, nullable, string, uuid, zeroUuid } from '../schema/field.ts';

/** Metadata (key 3): tells brokers, topics and partition leaders. */
export const metadata = defineApi({
  key: 3,
  name: 'Metadata',
  versions: '0-13',
  flexible: '9+',
  request: {
    topics: nullable(
      array('0+', {
        topicId: uuid('10+', { default: zeroUuid }),
        name: nullable(string('0+'), { versions: '10+' }),
      }),
      { versions: '1+' },
    ),
    allowAutoTopicCreation: bool('4+', { default: true }),
    includeClusterAuthorizedOperations: bool('8-10', { default: false }),
    includeTopicAuthorizedOperations: bool('8+', { default: false }),
  },
  response: {
    throttleTimeMs: int32('3+', { default: 0 }),
    brokers: array('0+', {
      nodeId: int32('0+'),
      host: string('0+'),
      port: int32('0+'),
      rack: nullable(string('1+'), { default: null }),
    }),
    clusterId: nullable(string('2+'), { default: null }),
    controllerId: int32('1+', { default: -1 }),
    topics: array('0+', {
      errorCode: int16('0+'),
      name: nullable(string('0+'), { versions: '12+' }),
      topicId: uuid('10+', { default: zeroUuid }),
      isInternal: bool('1+', { default: false }),
      partitions: array('0+', {
        errorCode: int16('0+'),
        partitionIndex: int32('0+'),
        leaderId: int32('0+'),
        leaderEpoch: int32('7+', { default: -1 }),
        replicaNodes: array('0+', int32()),
        isrNodes: array('0+', int32()),
        offlineReplicas: array('5+', int32(), { default: [] }),
      }),
      topicAuthorizedOperations: int32('8+', { default: -2_147_483_648 }),
    }),
    clusterAuthorizedOperations: int32('8-10', { default: -2_147_483_648 }),
    errorCode: int16('13+', { default: 0 }),
  },
});
