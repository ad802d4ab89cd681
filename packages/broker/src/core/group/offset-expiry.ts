import type { CommonGroup } from './common-group.ts';
import type { OffsetCommitRecord } from './group-record.ts';
import type { OffsetStore } from './offset-store.ts';
import type { Work } from './work.ts';

/**
 * Forgets the offsets of a group whose time is over (KIP-211), and the group itself when nothing is left of it. What an
 * open transaction is about to commit again stays.
 */
export function expireOffsets(group: CommonGroup, store: OffsetStore, work: Work): void {
  const { groupId } = group;
  let kept = 0;
  for (const partitions of store.ofGroup(groupId)?.values() ?? []) kept += partitions.size;
  const isDue = dueRule(group, work);
  if (isDue !== undefined && kept > 0) {
    const isExpired = (offset: OffsetCommitRecord) =>
      isDue(offset) && !group.isSubscribedTo(offset.topic) && !store.isStaged(groupId, offset.topic, offset.partition);
    for (const tombstone of store.tombstones(groupId, isExpired)) {
      work.records.push(tombstone);
      kept -= 1;
    }
  }
  if (kept === 0 && group.isRecorded && group.isEmpty && !store.hasStaged(groupId)) {
    work.records.push(...group.tombstones());
  }
}

/** Whether the retention of an offset is over; only an old client's commit says itself when it is. */
function dueRule(
  group: CommonGroup,
  { wallMs, settings }: Work,
): ((offset: OffsetCommitRecord) => boolean) | undefined {
  const { retentionBase } = group;
  if (retentionBase === undefined) return undefined;
  return (offset) =>
    offset.expireTimeMs >= 0
      ? wallMs >= offset.expireTimeMs
      : wallMs - retentionBase(offset) >= settings.offsetsRetentionMs;
}
