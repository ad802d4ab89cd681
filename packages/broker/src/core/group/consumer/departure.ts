import { type ConsumerGroup, memberTombstones } from './consumer-group.ts';
import { assignmentValueOf, type ConsumerMember, specialEpoch } from './consumer-member.ts';
import type { Draft } from './draft.ts';
import { bumpEpoch, forgetRegexes, watchRevocation } from './member-change.ts';
import { checkInstance, unknownMemberRefusal } from './membership.ts';
import { nothingOwned, ownedSince } from './partitions.ts';
import { isRefusal, type Refusal, type Scene } from './scene.ts';

/** Lets a member go: for good, or a static one until its instance is back. */
export function leave(
  draft: Draft,
  event: { readonly memberId: string; readonly instanceId: string | null; readonly memberEpoch: number },
  scene: Scene,
): Refusal | undefined {
  const { group } = draft;
  const { memberId, instanceId, memberEpoch } = event;
  const member =
    instanceId === null
      ? (group.members.get(memberId) ?? unknownMemberRefusal(group, memberId))
      : checkInstance(group, memberId, instanceId);
  if (isRefusal(member)) return member;
  if (memberEpoch === specialEpoch.leaveForNow) leaveForNow(draft, member);
  else removeMembers(draft, [member.memberId], scene);
  return undefined;
}

/** The partitions of a static member stay its own; only its session says for how long. */
function leaveForNow(draft: Draft, member: ConsumerMember): void {
  const { memberId } = member;
  const away = {
    ...member,
    memberEpoch: specialEpoch.leaveForNow,
    assigned: ownedSince(0, member.assigned),
    pendingRevocation: nothingOwned,
  };
  const { groupId } = draft.group;
  draft.push({ type: 'consumer-assignment', groupId, memberId, value: assignmentValueOf(away) });
  draft.live.deadlines.clear(memberId, 'revocation');
}

/** Takes members out: what they had is free, and the others are to have it. */
export function removeMembers(draft: Draft, memberIds: readonly string[], { topics }: Pick<Scene, 'topics'>): void {
  if (memberIds.length === 0) return;
  const { groupId } = draft.group;
  for (const memberId of memberIds) {
    draft.push(...memberTombstones(groupId, memberId));
    draft.live.deadlines.forget(memberId);
  }
  forgetRegexes(draft);
  bumpEpoch(draft, { isDue: true }, { topics });
  const { epoch, isEmpty } = draft.group;
  if (isEmpty) draft.push({ type: 'consumer-target', groupId, value: { epoch, atMs: 0 } });
}

/** Gives every member that has none a session, and those that have to give up partitions the time for it. */
export function arm(group: ConsumerGroup, { work, timings }: Scene): void {
  const { nowMs } = work;
  for (const member of group.members.values()) {
    const { memberId, classic } = member;
    if (group.deadlines.has(memberId, 'session')) continue;
    const sessionTimeoutMs = classic?.sessionTimeoutMs ?? timings.sessionTimeoutMs;
    group.setDeadline(memberId, 'session', nowMs + sessionTimeoutMs);
    if (classic === null) watchRevocation(group, member, nowMs);
  }
}

/** Takes out who has let a deadline pass. */
export function expire(draft: Draft, scene: Scene): void {
  removeMembers(draft, draft.live.deadlines.due(scene.work.nowMs, draft.group.members), scene);
}
