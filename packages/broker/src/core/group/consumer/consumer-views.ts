import { errorCode } from '@nagare/protocol';
import type { ClusterView } from './cluster-view.ts';
import type { ConsumerGroup, ConsumerGroupState } from './consumer-group.ts';
import type { ConsumerMember } from './consumer-member.ts';
import { listPartitions, partitionsOf } from './partitions.ts';

/** What ConsumerGroupDescribe tells of a group. */
export interface ConsumerGroupDescription {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly groupId: string;
  readonly groupState: ConsumerGroupState | '';
  readonly groupEpoch: number;
  readonly assignmentEpoch: number;
  readonly assignorName: string;
  readonly members: readonly ConsumerMemberDescription[];
}

export interface ConsumerMemberDescription {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly rackId: string | null;
  readonly memberEpoch: number;
  readonly clientId: string;
  readonly clientHost: string;
  readonly subscribedTopicNames: readonly string[];
  readonly subscribedTopicRegex: string | null;
  /** What it has, what it is about to give up included. */
  readonly assignment: NamedAssignment;
  readonly targetAssignment: NamedAssignment;
  /** Kafka's number of the protocol that it speaks. */
  readonly memberType: number;
}

export interface NamedAssignment {
  readonly topicPartitions: readonly {
    readonly topicId: string;
    readonly topicName: string;
    readonly partitions: readonly number[];
  }[];
}

const memberTypes = { classic: 0, consumer: 1 } as const;

export function missingConsumerGroup(groupId: string, errorMessage: string | null): ConsumerGroupDescription {
  return {
    errorCode: errorCode.GROUP_ID_NOT_FOUND,
    errorMessage,
    groupId,
    groupState: '',
    groupEpoch: 0,
    assignmentEpoch: 0,
    assignorName: '',
    members: [],
  };
}

export function describeConsumerGroup(
  group: ConsumerGroup,
  { topics, defaultAssignor }: { readonly topics: ClusterView; readonly defaultAssignor: string },
): ConsumerGroupDescription {
  return {
    errorCode: errorCode.NONE,
    errorMessage: null,
    groupId: group.groupId,
    groupState: group.state,
    groupEpoch: group.epoch,
    assignmentEpoch: group.targetEpoch,
    assignorName: group.subscriptions.assignor ?? defaultAssignor,
    members: Array.from(group.members.values(), (member) => describeMember(group, member, topics)),
  };
}

function describeMember(group: ConsumerGroup, member: ConsumerMember, topics: ClusterView): ConsumerMemberDescription {
  const { memberId, instanceId, rackId, memberEpoch, clientId, clientHost, topicNames, topicRegex, classic } = member;
  const had = partitionsOf([...listPartitions(member.assigned), ...listPartitions(member.pendingRevocation)]);
  return {
    ...{ memberId, instanceId, rackId, memberEpoch, clientId, clientHost },
    subscribedTopicNames: topicNames,
    subscribedTopicRegex: topicRegex,
    assignment: { topicPartitions: named(had, topics) },
    targetAssignment: { topicPartitions: named(group.targetOf(memberId), topics) },
    memberType: classic === null ? memberTypes.consumer : memberTypes.classic,
  };
}

/** Topics that are gone have no name to be told by. */
function named(partitions: Parameters<typeof listPartitions>[0], { topicsById }: ClusterView) {
  return listPartitions(partitions).flatMap(({ topicId, partitions: indexes }) => {
    const topicName = topicsById.get(topicId)?.name;
    return topicName === undefined ? [] : [{ topicId, topicName, partitions: indexes }];
  });
}
