import { errorCode } from '@nagare/protocol';
import { type ConsumerMember, orderedNames, sameNames, specialEpoch } from './consumer-member.ts';
import { leave } from './departure.ts';
import type { Draft } from './draft.ts';
import type { ConsumerHeartbeatEvent, ConsumerHeartbeatReply } from './heartbeat-event.ts';
import { changeMember } from './member-change.ts';
import { checkEpoch, checkRoom, findMember } from './membership.ts';
import { listPartitions, samePartitions } from './partitions.ts';
import { isRefusal, type Refusal, type Scene } from './scene.ts';

/** Serves a heartbeat to a group that is there: it is how members join, stay, say what they want, and leave. */
export function heartbeat(draft: Draft, event: ConsumerHeartbeatEvent, scene: Scene): ConsumerHeartbeatReply | Refusal {
  if (event.memberEpoch < specialEpoch.join) return goodbye(draft, event, scene);
  const isJoining = event.memberEpoch === specialEpoch.join;
  const memberId = event.memberId === '' ? event.newMemberId : event.memberId;
  const claim = { memberId, instanceId: event.instanceId, isJoining, isClassic: false };
  const full = checkRoom(draft.group, claim, scene.work.settings.consumer.membersMax);
  if (full !== undefined) return full;
  const before = findMember(draft, claim);
  if (isRefusal(before)) return before;
  const fenced = checkEpoch(before, event.memberEpoch, event.topicPartitions);
  if (fenced !== undefined) return fenced;
  const reported = event.topicPartitions;
  const member = changeMember(draft, { before, after: updated(before, event), reported }, scene);
  if (isRefusal(member)) return member;
  if (before.classic !== null) draft.live.deadlines.forget(memberId);
  draft.live.setDeadline(memberId, 'session', scene.work.nowMs + scene.timings.sessionTimeoutMs);
  const hasNews = isJoining || isFull(event) || !samePartitions(before.assigned, member.assigned);
  return replyTo(member, { hasNews }, scene);
}

function goodbye(draft: Draft, event: ConsumerHeartbeatEvent, scene: Scene): ConsumerHeartbeatReply | Refusal {
  const { memberId, memberEpoch } = event;
  const refused = leave(draft, event, scene);
  if (refused !== undefined) return refused;
  return {
    errorCode: errorCode.NONE,
    errorMessage: null,
    memberId,
    memberEpoch,
    heartbeatIntervalMs: 0,
    assignment: null,
  };
}

/** A member as the heartbeat describes it; what is not mentioned stays as it was. */
function updated(member: ConsumerMember, event: ConsumerHeartbeatEvent): ConsumerMember {
  const names = event.subscribedTopicNames === null ? member.topicNames : orderedNames(event.subscribedTopicNames);
  return {
    ...member,
    instanceId: event.instanceId ?? member.instanceId,
    rackId: event.rackId ?? member.rackId,
    clientId: event.clientId,
    clientHost: event.clientHost,
    topicNames: sameNames(names, member.topicNames) ? member.topicNames : names,
    topicRegex: event.subscribedTopicRegex ?? member.topicRegex,
    rebalanceTimeoutMs: event.rebalanceTimeoutMs === -1 ? member.rebalanceTimeoutMs : event.rebalanceTimeoutMs,
    assignor: event.serverAssignor ?? member.assignor,
    classic: null,
  };
}

/** Whether a client tells all: it does when it is not sure that the last answer reached it. */
function isFull(event: ConsumerHeartbeatEvent): boolean {
  const hasSubscription = event.subscribedTopicNames !== null || event.subscribedTopicRegex !== null;
  return event.rebalanceTimeoutMs !== -1 && hasSubscription && event.topicPartitions !== null;
}

function replyTo(
  { memberId, memberEpoch, assigned }: ConsumerMember,
  { hasNews }: { readonly hasNews: boolean },
  { timings }: Scene,
): ConsumerHeartbeatReply {
  return {
    errorCode: errorCode.NONE,
    errorMessage: null,
    memberId,
    memberEpoch,
    heartbeatIntervalMs: timings.heartbeatIntervalMs,
    assignment: hasNews ? { topicPartitions: listPartitions(assigned) } : null,
  };
}
