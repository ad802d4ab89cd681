import { apis, type ErrorName, errorName } from '@nagare/protocol';
import type { CommitOffset, GroupMetadata } from '../consumer.ts';
import { groupByTopic } from '../core/assignors/by-topic.ts';
import { checkAnswer } from '../errors.ts';
import type { TopicPartition } from '../record.ts';
import type { Coordinator } from './coordinator.ts';

/** Commits offsets once, and gives the first error of any of the partitions. */
export async function commitOffsets(
  coordinator: Coordinator,
  group: GroupMetadata,
  offsets: readonly CommitOffset[],
): Promise<ErrorName> {
  const topics = new Map<string, CommitOffset[]>();
  for (const offset of offsets) topics.set(offset.topic, [...(topics.get(offset.topic) ?? []), offset]);
  const answer = await coordinator.request(apis.offsetCommit, {
    groupId: group.groupId,
    generationIdOrMemberEpoch: group.generationId,
    memberId: group.memberId,
    groupInstanceId: group.groupInstanceId,
    topics: Array.from(topics, ([name, ofTopic]) => ({
      name,
      partitions: ofTopic.map(({ partition, offset, leaderEpoch, metadata }) => ({
        partitionIndex: partition,
        committedOffset: offset,
        committedLeaderEpoch: leaderEpoch ?? -1,
        committedMetadata: metadata ?? '',
      })),
    })),
  });
  const codes = answer.topics.flatMap((topic) => topic.partitions.map((partition) => partition.errorCode));
  return errorName(codes.find((code) => code !== 0) ?? 0);
}

/**
 * Reads committed offsets once: of these partitions, or of all that have one.
 *
 * @param requireStable - Fails, retriably, while an open transaction may still change one of them (KIP-447).
 */
export async function fetchOffsets(
  coordinator: Coordinator,
  groupId: string,
  partitions: readonly TopicPartition[] | undefined,
  requireStable: boolean,
): Promise<CommitOffset[]> {
  const topics =
    partitions === undefined
      ? null
      : groupByTopic(partitions).map((each) => ({ name: each.topic, partitionIndexes: each.partitions }));
  const answer = await coordinator.request(apis.offsetFetch, {
    groupId,
    topics,
    groups: [{ groupId, topics }],
    requireStable,
  });
  // From version 8 on the answer is a list, one for each group.
  const group = answer.groups[0] ?? answer;
  coordinator.check(group.errorCode, 'OffsetFetch');
  const offsets: CommitOffset[] = [];
  for (const topic of group.topics) {
    for (const row of topic.partitions) {
      checkAnswer(row.errorCode, `OffsetFetch of ${topic.name}-${row.partitionIndex}`);
      if (row.committedOffset < 0) continue;
      const { metadata, committedLeaderEpoch: leaderEpoch, committedOffset: offset } = row;
      offsets.push({ topic: topic.name, partition: row.partitionIndex, offset, metadata, leaderEpoch });
    }
  }
  return offsets;
}
