import { type ClassicGroup, consumerProtocolType } from './classic-group.ts';
import type { OffsetCommitRecord } from './group-record.ts';
import type { OffsetStore } from './offset-store.ts';
import type { Work } from './work.ts';

/** Forgets the offsets of a group whose time is over, and the group itself when nothing is left of it. */
export function expireOffsets(group: ClassicGroup, store: OffsetStore, work: Work): void {
  const isExpired = expiryRule(group, work);
  let kept = 0;
  for (const partitions of store.ofGroup(group.groupId)?.values() ?? []) kept += partitions.size;
  if (isExpired !== undefined) {
    for (const tombstone of store.tombstones(group.groupId, isExpired)) {
      work.records.push(tombstone);
      kept -= 1;
    }
  }
  if (kept === 0 && group.isRecorded && group.state === 'Empty' && group.pendingJoins.size === 0) {
    work.records.push({ type: 'group-tombstone', groupId: group.groupId });
  }
}

/**
 * Which offsets of a group are due (KIP-211): all of them once the group has been empty for long enough; those of topics
 * that a stable group no longer consumes, and those of a group that has no members by nature, by the time of the commit;
 * none while the group rebalances or its subscriptions are unknown.
 */
function expiryRule(group: ClassicGroup, work: Work): ((offset: OffsetCommitRecord) => boolean) | undefined {
  const { wallMs, settings } = work;
  const isDue = (offset: OffsetCommitRecord, sinceMs: number) =>
    offset.expireTimeMs >= 0 ? wallMs >= offset.expireTimeMs : wallMs - sinceMs >= settings.offsetsRetentionMs;
  if (group.protocolType === null) return (offset) => isDue(offset, offset.commitTimeMs);
  if (group.state === 'Empty') {
    return (offset) => isDue(offset, group.stateSinceMs < 0 ? offset.commitTimeMs : group.stateSinceMs);
  }
  if (group.state !== 'Stable' || group.protocolType !== consumerProtocolType || !group.knowsSubscriptions) return;
  return (offset) => !group.isSubscribedTo(offset.topic) && isDue(offset, offset.commitTimeMs);
}
