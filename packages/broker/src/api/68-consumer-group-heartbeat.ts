import { apis } from '@nagare/protocol';
import {
  type ConsumerHeartbeatEvent,
  type ConsumerHeartbeatReply,
  heartbeatError,
} from '../core/group/consumer/heartbeat-event.ts';
import { randomUuid } from '../host/random-uuid.ts';
import { consumerGroupsAreOff } from './consumer-groups-feature.ts';
import { defineHandler } from './define-handler.ts';

const firstVersionWithOwnMemberIds = 1;

/** Keeps a member of a consumer group (KIP-848), lets it in or out, and hands it its partitions. */
export const handleConsumerGroupHeartbeat = defineHandler(apis.consumerGroupHeartbeat, {
  handle(request, { version, clientId, connection, broker }) {
    if (consumerGroupsAreOff(broker)) return heartbeatError('UNSUPPORTED_VERSION');
    const event: ConsumerHeartbeatEvent = {
      ...request,
      newMemberId: request.memberId === '' ? randomUuid(broker.random) : '',
      clientId: clientId ?? '',
      clientHost: `/${connection.remote.host}`, // As Java prints an address, which is what tools show.
      bringsMemberId: version >= firstVersionWithOwnMemberIds,
    };
    return broker.groups.submit<ConsumerHeartbeatReply>(
      event.groupId,
      (group, turn) => group.consumerHeartbeat(event, turn),
      (error) => heartbeatError(error),
    );
  },
});
