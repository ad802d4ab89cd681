import { errorCode } from '@nagare/protocol';
import type { ClassicGroup, ClassicState } from './classic-group.ts';

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
  readonly groupState: ClassicState;
  readonly groupType: 'classic';
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

/** A group as it is; what its members agreed on shows only once they have. */
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
      memberAssignment: isStable ? member.assignment : nothing,
    })),
  };
}

export function listGroups(groups: Iterable<ClassicGroup>, { states, types }: GroupFilter): ListedGroup[] {
  const wanted = new Set(states.map((state) => state.toLowerCase()));
  const listed: ListedGroup[] = [];
  if (types.length > 0 && !types.some((type) => type.toLowerCase() === 'classic')) return listed;
  for (const { groupId, protocolType, state } of groups) {
    if (wanted.size > 0 && !wanted.has(state.toLowerCase())) continue;
    listed.push({ groupId, protocolType: protocolType ?? '', groupState: state, groupType: 'classic' });
  }
  return listed;
}
