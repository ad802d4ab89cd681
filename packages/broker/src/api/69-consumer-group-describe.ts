import { apis, errorCode } from '@nagare/protocol';
import { type ConsumerGroupDescription, missingConsumerGroup } from '../core/group/consumer/consumer-views.ts';
import { authorizedGroupOperations } from './authorized-operations.ts';
import { consumerGroupsAreOff } from './consumer-groups-feature.ts';
import { defineHandler } from './define-handler.ts';
import { once } from './once.ts';

/** Describes consumer groups (KIP-848), their members, what these have and what they are to have. */
export const handleConsumerGroupDescribe = defineHandler(apis.consumerGroupDescribe, {
  async handle({ groupIds, includeAuthorizedOperations }, { broker }) {
    const authorizedOperations = authorizedGroupOperations(includeAuthorizedOperations);
    const refused = (groupId: string, code: number): ConsumerGroupDescription => ({
      ...missingConsumerGroup(groupId, null),
      errorCode: code,
    });
    const describe = async (groupId: string) => {
      if (consumerGroupsAreOff(broker)) return refused(groupId, errorCode.UNSUPPORTED_VERSION);
      if (groupId === '') return refused(groupId, errorCode.INVALID_GROUP_ID);
      const description = await broker.groups.submit<ConsumerGroupDescription>(
        groupId,
        (group, turn) => group.describeConsumerGroup(groupId, turn),
        (error) => refused(groupId, errorCode[error]),
      );
      return description.errorCode === errorCode.NONE ? { ...description, authorizedOperations } : description;
    };
    return { groups: await Promise.all(groupIds.map(once(describe))) };
  },
});
