import { defineApi } from '../schema/api.ts';
import { array, bool, int8, int16, int32, nullable, string, struct, uuid } from '../schema/field.ts';

/** ConsumerGroupDescribe (key 69): describes consumer groups (KIP-848). */
export const consumerGroupDescribe = defineApi({
  key: 69,
  name: 'ConsumerGroupDescribe',
  versions: '0-1',
  flexible: '0+',
  request: {
    groupIds: array('0+', string()),
    includeAuthorizedOperations: bool('0+'),
  },
  response: {
    throttleTimeMs: int32('0+', { default: 0 }),
    groups: array('0+', {
      errorCode: int16('0+'),
      errorMessage: nullable(string('0+'), { default: null }),
      groupId: string('0+'),
      groupState: string('0+'),
      groupEpoch: int32('0+'),
      assignmentEpoch: int32('0+'),
      assignorName: string('0+'),
      members: array('0+', {
        memberId: string('0+'),
        instanceId: nullable(string('0+'), { default: null }),
        rackId: nullable(string('0+'), { default: null }),
        memberEpoch: int32('0+'),
        clientId: string('0+'),
        clientHost: string('0+'),
        subscribedTopicNames: array('0+', string()),
        subscribedTopicRegex: nullable(string('0+'), { default: null }),
        assignment: struct('0+', {
          topicPartitions: array('0+', {
            topicId: uuid('0+'),
            topicName: string('0+'),
            partitions: array('0+', int32()),
          }),
        }),
        targetAssignment: struct('0+', {
          topicPartitions: array('0+', {
            topicId: uuid('0+'),
            topicName: string('0+'),
            partitions: array('0+', int32()),
          }),
        }),
        memberType: int8('1+', { default: -1 }),
      }),
      authorizedOperations: int32('0+', { default: -2_147_483_648 }),
    }),
  },
});
