import { apis } from '@nagare/protocol';
import { checkAnswer } from '../errors.ts';
import type { GroupListing } from './admin.ts';
import type { AdminContext } from './admin-context.ts';

export interface ListGroupsRequest {
  readonly states?: readonly string[];
  readonly types?: readonly string[];
}

/** Lists the groups of all brokers by id. */
export async function listGroups(context: AdminContext, request: ListGroupsRequest = {}): Promise<GroupListing[]> {
  const { states: statesFilter = [], types: typesFilter = [] } = request;
  const groups = new Map<string, GroupListing>();
  await context.retrying(async () => {
    for (const answer of await context.requestAll(apis.listGroups, { statesFilter, typesFilter })) {
      checkAnswer(answer.errorCode, 'ListGroups');
      for (const { groupId, protocolType, groupState: state, groupType: type } of answer.groups) {
        groups.set(groupId, { groupId, protocolType, state, type });
      }
    }
  });
  return [...groups.values()].sort((a, b) => (a.groupId < b.groupId ? -1 : 1));
}
