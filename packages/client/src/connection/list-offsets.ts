import { apis } from '@nagare/protocol';
import type { ListedOffset } from '../admin/admin.ts';
import { groupByTopic } from '../core/assignors/by-topic.ts';
import { type ClientError, kafkaError, leaderlessError } from '../errors.ts';
import type { TopicPartition } from '../record.ts';
import type { Cluster } from './cluster.ts';

/** What to look up: a time in milliseconds since 1970, or one of Kafka's negative codes. */
export interface OffsetQuery extends TopicPartition {
  readonly timestamp: number;
}

export const latestTimestamp = -1;
export const earliestTimestamp = -2;
export const maxTimestampTimestamp = -3;

/**
 * Looks offsets up once, at the leaders.
 *
 * @throws {ClientError} For the first partition that has no answer; retriable when its leader has moved.
 */
export async function listOffsets(
  cluster: Cluster,
  queries: readonly OffsetQuery[],
  isolationLevel: 'read_uncommitted' | 'read_committed',
): Promise<ListedOffset[]> {
  const byLeader = new Map<number, OffsetQuery[]>();
  for (const query of queries) {
    const leader = cluster.view.leaderOf(query.topic, query.partition)?.leader;
    if (leader === undefined) throw leaderless(cluster, query);
    byLeader.set(leader, [...(byLeader.get(leader) ?? []), query]);
  }
  const answers = await Promise.all(
    Array.from(byLeader, ([nodeId, ofLeader]) => ask(cluster, nodeId, ofLeader, isolationLevel)),
  );
  return answers.flat();
}

async function ask(
  cluster: Cluster,
  nodeId: number,
  queries: readonly OffsetQuery[],
  isolationLevel: 'read_uncommitted' | 'read_committed',
): Promise<ListedOffset[]> {
  const answer = await cluster.request(nodeId, apis.listOffsets, {
    replicaId: -1,
    isolationLevel: isolationLevel === 'read_committed' ? 1 : 0,
    topics: groupByTopic(queries).map(({ topic }) => ({
      name: topic,
      partitions: queries
        .filter((query) => query.topic === topic)
        .map(({ partition, timestamp }) => ({ partitionIndex: partition, timestamp })),
    })),
    timeoutMs: cluster.requestTimeoutMs,
  });
  return answer.topics.flatMap(({ name: topic, partitions }) =>
    partitions.map(({ partitionIndex: partition, errorCode, offset, timestamp, leaderEpoch }) => {
      if (errorCode !== 0) throw kafkaError(errorCode, `ListOffsets of ${topic}-${partition}`);
      return { topic, partition, offset, timestamp, leaderEpoch };
    }),
  );
}

function leaderless(cluster: Cluster, partition: TopicPartition): ClientError {
  const error = cluster.view.errorOf(partition.topic);
  return error === 0 ? leaderlessError(partition) : kafkaError(error, `Metadata of ${partition.topic}`);
}
