import type { AssignorName } from './assignors/assignor.ts';
import { hashTopics } from './cluster-view.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import {
  assignmentValueOf,
  type ConsumerMember,
  memberValueOf,
  sameAssignmentValue,
  sameMemberValue,
  sameNames,
} from './consumer-member.ts';
import type { Draft } from './draft.ts';
import type { TopicPartitions } from './partitions.ts';
import { reconcile } from './reconcile.ts';
import { type Refusal, refusal, type Scene } from './scene.ts';
import { retarget, topicIdsOf } from './target.ts';

/** A member that was heard of: as it was, and as it now says that it is. */
export interface MemberChange {
  readonly before: ConsumerMember;
  readonly after: ConsumerMember;
  /** What it says that it has. */
  readonly reported: readonly TopicPartitions[] | null;
}

/**
 * Takes in what a member says: a change of what the group consumes asks for a new target assignment, and the member goes
 * on towards its target. Gives the member as it is then.
 */
export function changeMember(draft: Draft, change: MemberChange, scene: Scene): ConsumerMember | Refusal {
  const { before, after } = change;
  const { topicRegex } = after;
  if (topicRegex !== '' && topicRegex !== before.topicRegex) {
    const fault = scene.patterns.get(topicRegex);
    if (typeof fault === 'string') {
      const message = `SubscribedTopicRegex \`${topicRegex}\` is not a valid regular expression: ${fault}.`;
      return refusal('INVALID_REGULAR_EXPRESSION', message);
    }
  }
  const { group } = draft;
  const { memberId } = after;
  const isNew = !group.members.has(memberId);
  const assignorBefore = assignorOf(draft, scene);
  if (!sameMemberValue(before, after) || isNew) {
    draft.push({ type: 'consumer-member', groupId: group.groupId, memberId, value: memberValueOf(after) });
  }
  const hasSubscriptionChanged = before.topicRegex !== topicRegex || !sameNames(before.topicNames, after.topicNames);
  const isAnotherTask = hasSubscriptionChanged || assignorOf(draft, scene) !== assignorBefore;
  refreshGroup(draft, { isAnotherTask }, scene);
  return proceed(draft, { ...change, hasSubscriptionChanged }, scene);
}

function assignorOf({ group }: Draft, { work }: Scene): AssignorName {
  const { assignors } = work.settings.consumer;
  return assignors.find((name) => name === group.subscriptions.assignor) ?? (assignors[0] as AssignorName);
}

/** Sees to it that the group's epoch and its target assignment are those of its members and of the topics as they are. */
function refreshGroup(draft: Draft, { isAnotherTask }: { readonly isAnotherTask: boolean }, scene: Scene): void {
  const { topics, work, timings } = scene;
  const { seenTopics } = draft.group;
  if (isAnotherTask || seenTopics?.topicsByName !== topics.topicsByName) {
    const hasResolved = resolveRegexes(draft, scene);
    bumpEpoch(draft, { isDue: isAnotherTask || hasResolved }, scene);
    draft.saw(topics);
  }
  const { epoch, targetEpoch, targetAtMs } = draft.group;
  // A clock that was set back must not hold up the group until it has caught up.
  const sinceMs = work.wallMs - targetAtMs;
  const isTooSoon = sinceMs >= 0 && sinceMs < timings.assignmentIntervalMs;
  if (targetEpoch < epoch && !isTooSoon) {
    retarget(draft, { topics, assignor: assignorOf(draft, scene), atMs: work.wallMs });
  }
}

/** Raises the group's epoch when that is due, or when its topics are not what they were. */
export function bumpEpoch(
  draft: Draft,
  { isDue }: { readonly isDue: boolean },
  { topics }: Pick<Scene, 'topics'>,
): void {
  const { groupId, epoch, metadataHash: hashBefore, subscriptions } = draft.group;
  const metadataHash = hashTopics(subscriptions.topics, topics);
  if (!isDue && metadataHash === hashBefore) return;
  draft.push({ type: 'consumer-group', groupId, value: { epoch: epoch + 1, metadataHash } });
}

/** Finds the topics of each regular expression that is in use, and forgets those that are not; true when some changed. */
function resolveRegexes(draft: Draft, { topics, patterns, work }: Scene): boolean {
  const { group } = draft;
  const { groupId, regexes, subscriptions } = group;
  let hasChanged = false;
  forgetRegexes(draft);
  for (const regex of subscriptions.regexes) {
    const pattern = patterns.get(regex);
    if (typeof pattern === 'string') continue; // Another broker has taken it for one.
    const matches = pattern.matches(topics);
    const known = regexes.get(regex)?.topics;
    if (known !== undefined && sameNames(known, matches)) continue;
    draft.push({ type: 'consumer-regex', groupId, regex, value: { topics: matches, atMs: work.wallMs } });
    hasChanged = true;
  }
  return hasChanged;
}

/** Forgets the regular expressions that nobody uses any more. */
export function forgetRegexes(draft: Draft): void {
  const { groupId, regexes, subscriptions } = draft.group;
  for (const regex of regexes.keys()) {
    if (!subscriptions.regexes.has(regex)) draft.push({ type: 'consumer-regex', groupId, regex, value: null });
  }
}

function proceed(
  draft: Draft,
  { after, reported, hasSubscriptionChanged }: MemberChange & { readonly hasSubscriptionChanged: boolean },
  { topics, work }: Scene,
): ConsumerMember {
  const { group } = draft;
  const { memberId } = after;
  if (!hasSubscriptionChanged && after.state === 'stable' && after.memberEpoch === group.targetEpoch) return after;
  const moved = reconcile(after, {
    epoch: group.targetEpoch,
    target: group.targetOf(memberId),
    topicIds: topicIdsOf(group, after, topics),
    hasSubscriptionChanged,
    reported,
    isTaken: (topicId, partition) => {
      const owner = group.owners.ownerOf(topicId, partition);
      return owner !== undefined && owner !== memberId;
    },
  });
  if (sameAssignmentValue(moved, after)) return after;
  const value = assignmentValueOf(moved);
  draft.push({ type: 'consumer-assignment', groupId: group.groupId, memberId, value });
  if (moved.classic === null) watchRevocation(draft.live, moved, work.nowMs);
  return moved;
}

/** A member has its rebalance timeout to give up what it must. */
export function watchRevocation(live: ConsumerGroup, member: ConsumerMember, nowMs: number): void {
  const { memberId, state, rebalanceTimeoutMs } = member;
  if (state !== 'unrevoked') live.deadlines.clear(memberId, 'revocation');
  else live.setDeadline(memberId, 'revocation', nowMs + Math.max(rebalanceTimeoutMs, 0));
}
