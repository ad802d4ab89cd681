import { type ErrorName, errorCode } from '@nagare/protocol';
import { nameLengthMax } from '../work.ts';
import { specialEpoch } from './consumer-member.ts';
import type { TopicPartitions } from './partitions.ts';
import { type Refusal, refusal } from './scene.ts';

/** A ConsumerGroupHeartbeat; null for what has not changed since the last one. */
export interface ConsumerHeartbeatEvent {
  readonly groupId: string;
  /** Empty from a client of version 0 that has no id yet. */
  readonly memberId: string;
  /** An id that nobody else has, for a client that has none. */
  readonly newMemberId: string;
  /** 0 to join, -1 to leave, -2 for a static member that will be back. */
  readonly memberEpoch: number;
  readonly instanceId: string | null;
  readonly rackId: string | null;
  /** -1 for what has not changed. */
  readonly rebalanceTimeoutMs: number;
  readonly subscribedTopicNames: readonly string[] | null;
  readonly subscribedTopicRegex: string | null;
  readonly serverAssignor: string | null;
  /** What the member has. */
  readonly topicPartitions: readonly TopicPartitions[] | null;
  readonly clientId: string;
  readonly clientHost: string;
  /** Whether clients of this version make their ids themselves (version 1 and later). */
  readonly bringsMemberId: boolean;
}

/** What a ConsumerGroupHeartbeat is answered. */
export interface ConsumerHeartbeatReply {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly memberId: string | null;
  readonly memberEpoch: number;
  readonly heartbeatIntervalMs: number;
  /** What the member is to have; null when that has not changed. */
  readonly assignment: { readonly topicPartitions: readonly TopicPartitions[] } | null;
}

/** The most that the names of a subscription may have together, in UTF-16 units: a record has to hold them. */
const subscriptionLengthMax = 256 * 1024;

export function heartbeatError(error: ErrorName, errorMessage: string | null = null): ConsumerHeartbeatReply {
  return {
    errorCode: errorCode[error],
    errorMessage,
    memberId: null,
    memberEpoch: 0,
    heartbeatIntervalMs: 0,
    assignment: null,
  };
}

/** What is wrong with a heartbeat whatever the group. */
export function checkHeartbeat(event: ConsumerHeartbeatEvent, assignors: readonly string[]): Refusal | undefined {
  const { memberEpoch, serverAssignor } = event;
  const isFirst = event.bringsMemberId || memberEpoch > 0 || memberEpoch === specialEpoch.leave;
  if (isFirst && event.memberId === '') return refusal('INVALID_REQUEST', "MemberId can't be empty.");
  const fault = checkNames(event) ?? (memberEpoch === specialEpoch.join ? checkJoin(event) : undefined);
  if (fault !== undefined) return refusal('INVALID_REQUEST', fault);
  if (memberEpoch === specialEpoch.leaveForNow && event.instanceId === null) {
    return refusal('INVALID_REQUEST', "InstanceId can't be null.");
  }
  if (memberEpoch < specialEpoch.leaveForNow) return refusal('INVALID_REQUEST', 'MemberEpoch is invalid.');
  if (serverAssignor !== null && !assignors.includes(serverAssignor)) {
    const supported = assignors.join(', ');
    return refusal(
      'UNSUPPORTED_ASSIGNOR',
      `ServerAssignor ${serverAssignor} is not supported. Supported assignors: ${supported}.`,
    );
  }
  return undefined;
}

function checkNames(event: ConsumerHeartbeatEvent): string | undefined {
  const { groupId, memberId, instanceId, rackId, clientId, subscribedTopicNames } = event;
  if (groupId === '') return "GroupId can't be empty.";
  if (instanceId === '') return "InstanceId can't be empty.";
  if (rackId === '') return "RackId can't be empty.";
  const names = [groupId, memberId, instanceId ?? '', rackId ?? '', clientId];
  if (names.some((name) => name.length > nameLengthMax)) return `Names have at most ${nameLengthMax} characters.`;
  const length = subscribedTopicNames?.reduce((sum, name) => sum + name.length, 0) ?? 0;
  return length > subscriptionLengthMax ? 'SubscribedTopicNames is too large.' : undefined;
}

function checkJoin(event: ConsumerHeartbeatEvent): string | undefined {
  if (event.rebalanceTimeoutMs === -1) return 'RebalanceTimeoutMs must be provided in first request.';
  if (event.topicPartitions === null || event.topicPartitions.length > 0) {
    return 'TopicPartitions must be empty when (re-)joining.';
  }
  if (event.subscribedTopicNames === null && event.subscribedTopicRegex === null) {
    return 'Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.';
  }
  return undefined;
}
