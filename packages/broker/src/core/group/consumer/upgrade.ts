import { type ClassicGroup, consumerProtocolType } from '../classic-group.ts';
import type { ClassicMember } from '../classic-member.ts';
import { answerJoin, answerSync, joinError, syncError } from '../replies.ts';
import type { Work } from '../work.ts';
import { type ClusterView, hashTopics } from './cluster-view.ts';
import { ConsumerGroup } from './consumer-group.ts';
import {
  assignmentValueOf,
  type ConsumerMember,
  memberValueOf,
  orderedNames,
  unknownMember,
} from './consumer-member.ts';
import { Draft } from './draft.ts';
import { readAssignment, readSubscription } from './embedded-protocol.ts';
import { ownedSince, type Partitions } from './partitions.ts';
import { isRefusal, type Refusal, refusal, type Scene } from './scene.ts';

/**
 * Makes a consumer group of a classic one: its generation becomes the epoch, its assignment the target and what members
 * have. One that nobody is in is replaced by a new group.
 */
export function upgrade(classic: ClassicGroup, scene: Scene): Draft | Refusal {
  const { groupId } = classic;
  const draft = new Draft(new ConsumerGroup(groupId), scene.work.records);
  if (classic.state === 'Empty') {
    scene.work.records.push({ type: 'group-tombstone', groupId });
    return draft;
  }
  const reason = whyNot(classic, scene);
  if (reason !== undefined) return cannot(groupId, reason);
  const members = upgradedMembers(classic, scene.topics);
  if (isRefusal(members)) return members;
  scene.work.records.push({ type: 'group-tombstone', groupId });
  record(draft, classic.generation, members, scene.topics);
  return draft;
}

/** Tells who waits in the classic group to join again. */
export function dismissWaiting(classic: ClassicGroup, work: Work): void {
  for (const member of classic.members.values()) {
    answerJoin(classic, member, joinError(member.memberId, 'REBALANCE_IN_PROGRESS'), work);
    answerSync(classic, member, syncError('REBALANCE_IN_PROGRESS'), work);
  }
}

function whyNot({ protocolType, members }: ClassicGroup, { work }: Scene): string | undefined {
  const { migrationPolicy, membersMax } = work.settings.consumer;
  if (migrationPolicy !== 'upgrade' && migrationPolicy !== 'bidirectional') return 'online upgrade is disabled';
  if (protocolType !== consumerProtocolType) return 'the group does not use the consumer embedded protocol';
  if (members.size > membersMax) return 'the group size exceeds the consumer group maximum size';
  return undefined;
}

function cannot(groupId: string, reason: string): Refusal {
  return refusal('GROUP_ID_NOT_FOUND', `Cannot upgrade classic group ${groupId} to consumer group because ${reason}.`);
}

function upgradedMembers(classic: ClassicGroup, topics: ClusterView): ConsumerMember[] | Refusal {
  const protocolName = classic.protocolName ?? classic.selectProtocol();
  const taken = new Set<string>();
  const members: ConsumerMember[] = [];
  for (const member of classic.members.values()) {
    const upgraded = upgradedMember(member, { protocolName, epoch: classic.generation, topics, taken });
    if (typeof upgraded === 'string') return cannot(classic.groupId, upgraded);
    members.push(upgraded);
  }
  return members;
}

function upgradedMember(
  member: ClassicMember,
  context: {
    readonly protocolName: string;
    readonly epoch: number;
    readonly topics: ClusterView;
    readonly taken: Set<string>;
  },
): ConsumerMember | string {
  const { epoch, topics, taken } = context;
  const subscription = readSubscription(member.metadataOf(context.protocolName));
  if (subscription === undefined) return 'the embedded consumer protocol is malformed';
  const assignment = readAssignment(member.assignment, topics);
  if (assignment === undefined) return 'an unsupported custom assignor is in use';
  const { memberId, groupInstanceId, clientId, clientHost, rebalanceTimeoutMs, sessionTimeoutMs } = member;
  return {
    ...unknownMember(memberId),
    ...{ clientId, clientHost, rebalanceTimeoutMs, instanceId: groupInstanceId, rackId: subscription.rackId },
    memberEpoch: epoch,
    previousMemberEpoch: epoch,
    topicNames: orderedNames(subscription.topics),
    assigned: ownedSince(epoch, claim(assignment, taken)),
    classic: {
      sessionTimeoutMs,
      protocols: Array.from(member.protocols, ([name, metadata]) => ({ name, metadata })),
    },
  };
}

/** What an assignor of the classic protocol gave to two members is the first one's. */
function claim(assignment: Partitions, taken: Set<string>): Partitions {
  const claimed = new Map<string, ReadonlySet<number>>();
  for (const [topicId, indexes] of assignment) {
    const free = [...indexes].filter((index) => !taken.has(`${topicId}/${index}`));
    for (const index of free) taken.add(`${topicId}/${index}`);
    if (free.length > 0) claimed.set(topicId, new Set(free));
  }
  return claimed;
}

function record(draft: Draft, epoch: number, members: readonly ConsumerMember[], topics: ClusterView): void {
  const { groupId } = draft.group;
  const metadataHash = hashTopics(new Set(members.flatMap(({ topicNames }) => topicNames)), topics);
  for (const member of members) {
    draft.push({ type: 'consumer-member', groupId, memberId: member.memberId, value: memberValueOf(member) });
  }
  draft.push({ type: 'consumer-group', groupId, value: { epoch, metadataHash } });
  for (const { memberId, assigned } of members) {
    const value = new Map(Array.from(assigned, ([topicId, epochs]) => [topicId, new Set(epochs.keys())]));
    draft.push({ type: 'consumer-target-member', groupId, memberId, value });
  }
  draft.push({ type: 'consumer-target', groupId, value: { epoch, atMs: 0 } });
  for (const member of members) {
    draft.push({ type: 'consumer-assignment', groupId, memberId: member.memberId, value: assignmentValueOf(member) });
  }
}
