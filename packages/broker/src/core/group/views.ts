import { errorCode } from '@nagare/protocol';
import type { ClassicGroup, ClassicState } from './classic-group.ts';
import type { Group } from './group.ts';

/** What DescribeGroups tells of a group. */
export interface GroupDescription {
  readonly errorCode: number;
  readonly groupId: string;
  readonly groupState: ClassicState | 'Dead' | '';
  readonly protocolType: string;
  readonly protocolData: string;
  readonly members: readonly MemberDescription[];
}

export interface MemberDescription {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly memberMetadata: Buffer;
  readonly memberAssignment: Buffer;
}

/** What ListGroups tells of a group. */
export interface ListedGroup {
  readonly groupId: string;
  readonly protocolType: string;
  readonly groupState: Group['state'];
  readonly groupType: Group['kind'];
}

export interface GroupFilter {
  /** The states to list; empty for all. Case does not matter here, nor in the types. */
  readonly states: readonly string[];
  readonly types: readonly string[];
}

const nothing = Buffer.alloc(0);

export function missingGroup(groupId: string): GroupDescription {
  const groupState = 'Dead';
  return {
    errorCode: errorCode.GROUP_ID_NOT_FOUND,
    groupId,
    groupState,
    protocolType: '',
    protocolData: '',
    members: [],
  };
}

/** A group as it is; what its members agreed on shows only once they have, beside what each was last assigned. */
export function describeGroup(group: ClassicGroup): GroupDescription {
  const isStable = group.state === 'Stable';
  return {
    errorCode: errorCode.NONE,
    groupId: group.groupId,
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: isStable ? (group.protocolName ?? '') : '',
    members: Array.from(group.members.values(), (member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: isStable ? member.metadataOf(group.protocolName) : nothing,
      memberAssignment: member.assignment,
    })),
  };
}

export function listGroups(groups: Iterable<Group>, { states, types }: GroupFilter): ListedGroup[] {
  const wantedStates = new Set(states.map((state) => state.toLowerCase().trim()));
  const wantedTypes = new Set(types.map((type) => type.toLowerCase()));
  const listed: ListedGroup[] = [];
  for (const { groupId, protocolType, state, kind } of groups) {
    if (wantedStates.size > 0 && !wantedStates.has(state.toLowerCase())) continue;
    if (wantedTypes.size > 0 && !wantedTypes.has(kind)) continue;
    listed.push({ groupId, protocolType: protocolType ?? '', groupState: state, groupType: kind });
  }
  return listed;
}
