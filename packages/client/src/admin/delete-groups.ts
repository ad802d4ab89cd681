import { apis } from '@nagare/protocol';
import type { AdminContext } from './admin-context.ts';

/** Deletes groups that have no members, with their offsets. */
export async function deleteGroups(
  context: AdminContext,
  { groupIds }: { readonly groupIds: readonly string[] },
): Promise<void> {
  await Promise.all(groupIds.map((groupId) => context.retrying(() => deleteGroup(context, groupId))));
}

async function deleteGroup(context: AdminContext, groupId: string): Promise<void> {
  const coordinator = context.coordinatorOf(groupId);
  const answer = await coordinator.request(apis.deleteGroups, { groupsNames: [groupId] });
  for (const { errorCode, errorMessage } of answer.results) coordinator.check(errorCode, 'DeleteGroups', errorMessage);
}
