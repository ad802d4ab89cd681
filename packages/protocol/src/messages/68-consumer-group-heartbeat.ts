import { defineApi } from '../schema/api.ts';
import { array, int16, int32, nullable, string, struct, uuid } from '../schema/field.ts';

/** ConsumerGroupHeartbeat (key 68): keeps a member of a consumer group (KIP-848) alive, tells of what it subscribes to and hands it its partitions. */
export const consumerGroupHeartbeat = defineApi({
  key: 68,
  name: 'ConsumerGroupHeartbeat',
  versions: '0-1',
  flexible: '0+',
  request: {
    groupId: string('0+'),
    memberId: string('0+'),
    memberEpoch: int32('0+'),
    instanceId: nullable(string('0+'), { default: null }),
    rackId: nullable(string('0+'), { default: null }),
    rebalanceTimeoutMs: int32('0+', { default: -1 }),
    subscribedTopicNames: nullable(array('0+', string()), { default: null }),
    subscribedTopicRegex: nullable(string('1+'), { default: null }),
    serverAssignor: nullable(string('0+'), { default: null }),
    topicPartitions: nullable(
      array('0+', {
        topicId: uuid('0+'),
        partitions: array('0+', int32()),
      }),
      { default: null },
    ),
  },
  response: {
    throttleTimeMs: int32('0+', { default: 0 }),
    errorCode: int16('0+'),
    errorMessage: nullable(string('0+'), { default: null }),
    memberId: nullable(string('0+'), { default: null }),
    memberEpoch: int32('0+'),
    heartbeatIntervalMs: int32('0+'),
    assignment: nullable(
      struct('0+', {
        topicPartitions: array('0+', {
          topicId: uuid('0+'),
          partitions: array('0+', int32()),
        }),
      }),
      { default: null },
    ),
  },
});
