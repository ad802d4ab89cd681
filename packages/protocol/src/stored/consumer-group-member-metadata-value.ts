import { defineRecord } from '../schema/api.ts';
import { array, bytes, int32, nullable, string, struct, tagged } from '../schema/field.ts';

/** What a member of a consumer group told of itself in `__consumer_offsets`. */
export const consumerGroupMemberMetadataValue = defineRecord({
  name: 'ConsumerGroupMemberMetadataValue',
  type: 5,
  versions: '0',
  flexible: '0+',
  fields: {
    instanceId: nullable(string('0+')),
    rackId: nullable(string('0+')),
    clientId: string('0+'),
    clientHost: string('0+'),
    subscribedTopicNames: array('0+', string()),
    subscribedTopicRegex: nullable(string('0+')),
    rebalanceTimeoutMs: int32('0+', { default: -1 }),
    serverAssignor: nullable(string('0+')),
    classicMemberMetadata: tagged(
      0,
      nullable(
        struct('0+', {
          sessionTimeoutMs: int32('0+'),
          supportedProtocols: array('0+', {
            name: string('0+'),
            metadata: bytes('0+'),
          }),
        }),
      ),
    ),
  },
});
