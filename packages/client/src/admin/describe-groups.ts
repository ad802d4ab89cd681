import { apis, errorCode, type ResponseOf } from '@nagare/protocol';
import { readAssignment } from '../core/consumer-protocol.ts';
import type { GroupDescription, GroupMemberDescription } from './admin.ts';
import type { AdminContext } from './admin-context.ts';

type GroupRow = ResponseOf<typeof apis.describeGroups>['groups'][number];
type MemberRow = GroupRow['members'][number];

/** Describes groups with their members. A group that does not exist has the state `Dead`. */
export async function describeGroups(
  context: AdminContext,
  { groupIds }: { readonly groupIds: readonly string[] },
): Promise<GroupDescription[]> {
  return Promise.all(groupIds.map((groupId) => context.retrying(() => describe(context, groupId))));
}

async function describe(context: AdminContext, groupId: string): Promise<GroupDescription> {
  const coordinator = context.coordinatorOf(groupId);
  const nodeId = await coordinator.nodeId();
  const answer = await coordinator.request(apis.describeGroups, { groups: [groupId] });
  const row = answer.groups[0];
  const isMissing = row === undefined || row.errorCode === errorCode.GROUP_ID_NOT_FOUND;
  if (isMissing) return { groupId, state: 'Dead', protocolType: '', protocol: '', members: [], coordinator: nodeId };
  coordinator.check(row.errorCode, 'DescribeGroups', row.errorMessage);
  const { groupState: state, protocolType, protocolData: protocol } = row;
  const members = row.members.map((member) => memberOf(member, protocolType));
  return { groupId, state, protocolType, protocol, members, coordinator: nodeId };
}

function memberOf(row: MemberRow, protocolType: string): GroupMemberDescription {
  const { memberId, groupInstanceId, clientId, clientHost, memberAssignment } = row;
  const assignment = protocolType === 'consumer' ? readAssignment(memberAssignment).partitions : [];
  return { memberId, groupInstanceId, clientId, clientHost, assignment };
}
