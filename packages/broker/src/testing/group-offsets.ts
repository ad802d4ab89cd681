import type { CommitEvent } from '../core/group/commit-event.ts';
import { anybody, type TestShard } from './group-shard.ts';

export const topicId = 'iQ2-sOb7T1uRNzZzBBc4lA';

/** Commits `offset` in partition 0 of `t` and the next one in partition 1; gives the error codes. */
export function commit(
  shard: TestShard,
  event: Partial<CommitEvent> = {},
  offset = 5,
  metadata: string | null = 'm',
): number[] {
  const partitions = [0, 1].map((partitionIndex) => ({
    partitionIndex,
    committedOffset: offset + partitionIndex,
    committedLeaderEpoch: 3,
    committedMetadata: metadata,
  }));
  const whole: CommitEvent = {
    groupId: 'g',
    memberId: '',
    groupInstanceId: null,
    generationId: -1,
    retentionMs: -1,
    knowsMissingGroups: true,
    topics: [{ name: 't', topicId, partitionCount: 2, partitions }],
    ...event,
  };
  const reply = shard.call((core, turn) => core.commit(whole, turn));
  return reply.topics.flatMap((topic) => topic.partitions.map((partition) => partition.errorCode));
}

/** What the group has committed in partitions 0 to 2 of `t`. */
export function offsets(shard: TestShard, groupId = 'g', id = topicId): (number | string)[][] {
  const topics = [{ name: 't', topicId: id, partitionIndexes: [0, 1, 2] }];
  const reply = shard.call((core, turn) => core.fetchOffsets({ ...anybody, groupId, topics }, turn));
  return (reply.topics[0]?.partitions ?? []).map((each) => [
    each.committedOffset,
    each.committedLeaderEpoch,
    each.metadata,
  ]);
}

/** A partition without an offset. */
export const nothing = [-1, -1, ''];
