import { apis, errorCode } from '@nagare/protocol';
import { type GroupDescription, missingGroup } from '../core/group/views.ts';
import { authorizedGroupOperations } from './authorized-operations.ts';
import { defineHandler } from './define-handler.ts';
import { once } from './once.ts';

/** Before it, a group that is not there was described as a dead one. */
const firstVersionWithMissingGroups = 6;

/** Describes groups and their members. */
export const handleDescribeGroups = defineHandler(apis.describeGroups, {
  async handle({ groups, includeAuthorizedOperations }, { version, broker }) {
    const authorizedOperations = authorizedGroupOperations(includeAuthorizedOperations);
    const describe = async (groupId: string) => {
      const description = await broker.groups.submit<GroupDescription>(
        groupId,
        (group, turn) => group.describe(groupId, turn),
        (error) => ({ ...missingGroup(groupId), errorCode: errorCode[error], groupState: '' }),
      );
      if (description.errorCode !== errorCode.GROUP_ID_NOT_FOUND) return { ...description, authorizedOperations };
      if (version < firstVersionWithMissingGroups) {
        return { ...description, errorCode: errorCode.NONE, authorizedOperations };
      }
      return { ...description, errorMessage: `Group ${groupId} not found.`, authorizedOperations };
    };
    return { groups: await Promise.all(groups.map(once(describe))) };
  },
});
