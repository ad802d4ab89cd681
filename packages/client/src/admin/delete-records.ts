import { apis } from '@nagare/protocol';
import { kafkaError, leaderlessError } from '../errors.ts';
import type { TopicPartitionOffset } from '../record.ts';
import type { AdminContext } from './admin-context.ts';

export interface DeleteRecordsRequest {
  readonly partitions: readonly TopicPartitionOffset[];
}

/** Deletes the records before an offset of each partition, at its leader. */
export async function deleteRecords(
  context: AdminContext,
  { partitions }: DeleteRecordsRequest,
): Promise<TopicPartitionOffset[]> {
  return context.retrying(async () => {
    await context.knowTopics(partitions.map(({ topic }) => topic));
    const answers = await Promise.all(
      Array.from(byLeader(context, partitions), ([nodeId, ofLeader]) => ask(context, nodeId, ofLeader)),
    );
    return answers.flat();
  });
}

function byLeader(context: AdminContext, partitions: readonly TopicPartitionOffset[]) {
  const groups = new Map<number, TopicPartitionOffset[]>();
  for (const partition of partitions) {
    const leader = context.cluster.view.leaderOf(partition.topic, partition.partition)?.leader;
    if (leader === undefined) throw leaderlessError(partition);
    groups.set(leader, [...(groups.get(leader) ?? []), partition]);
  }
  return groups;
}

async function ask(
  context: AdminContext,
  nodeId: number,
  partitions: readonly TopicPartitionOffset[],
): Promise<TopicPartitionOffset[]> {
  const topics = [...new Set(partitions.map(({ topic }) => topic))];
  const answer = await context.cluster.request(nodeId, apis.deleteRecords, {
    topics: topics.map((name) => ({
      name,
      partitions: partitions
        .filter(({ topic }) => topic === name)
        .map(({ partition, offset }) => ({ partitionIndex: partition, offset })),
    })),
    timeoutMs: context.timeoutMs,
  });
  return answer.topics.flatMap((topic) =>
    topic.partitions.map(({ partitionIndex: partition, lowWatermark: offset, errorCode }) => {
      if (errorCode !== 0) throw kafkaError(errorCode, `DeleteRecords of ${topic.name}-${partition}`);
      return { topic: topic.name, partition, offset };
    }),
  );
}
