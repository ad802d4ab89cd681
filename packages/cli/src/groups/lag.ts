import type { Admin, GroupDescription, GroupMemberDescription, TopicPartition } from '@nagare/client';

/** How far a group is in one partition. */
export interface PartitionLag extends TopicPartition {
  /** The next offset to read; null when none is committed. */
  readonly committed: number | null;
  readonly endOffset: number | null;
  readonly lag: number | null;
  /** Who reads it now. */
  readonly member: GroupMemberDescription | null;
}

/** The partitions that a group has committed offsets of or is reading, in order. */
export async function lagOf(admin: Admin, group: GroupDescription): Promise<PartitionLag[]> {
  const committed = await admin.fetchOffsets({ groupId: group.groupId });
  const owners = new Map(
    group.members.flatMap((member) => member.assignment.map((partition) => [nameOf(partition), member] as const)),
  );
  const offsets = new Map(committed.map((each) => [nameOf(each), each.offset]));
  const partitions = [
    ...new Map(
      [...committed, ...group.members.flatMap(({ assignment }) => assignment)].map(({ topic, partition }) => {
        const each = { topic, partition };
        return [nameOf(each), each] as const;
      }),
    ).values(),
  ].sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1));
  const ends = await endOffsetsOf(admin, partitions);
  return partitions.map((partition) => {
    const name = nameOf(partition);
    const [at, end] = [offsets.get(name) ?? null, ends.get(name) ?? null];
    const lag = at === null || end === null ? null : Math.max(0, end - at);
    return { ...partition, committed: at, endOffset: end, lag, member: owners.get(name) ?? null };
  });
}

async function endOffsetsOf(admin: Admin, partitions: readonly TopicPartition[]): Promise<Map<string, number>> {
  if (partitions.length === 0) return new Map();
  const listed = await admin.listOffsets({ partitions: partitions.map((each) => ({ ...each, at: 'latest' })) });
  return new Map(listed.map((each) => [nameOf(each), each.offset]));
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}
