import { apis, errorName, type ResponseOf } from '@nagare/protocol';
import { checkAnswer, finalError } from '../errors.ts';
import type { PartitionDescription, TopicDescription } from './admin.ts';
import type { AdminContext } from './admin-context.ts';

/** Describes topics with their partitions. */
export async function describeTopics(
  context: AdminContext,
  { topics }: { readonly topics: readonly string[] },
): Promise<TopicDescription[]> {
  return context.retrying(async () => {
    const answer = await context.cluster.requestAny(apis.metadata, {
      topics: topics.map((name) => ({ name })),
      allowAutoTopicCreation: false,
    });
    checkAnswer(answer.errorCode, 'Metadata');
    return answer.topics.map(({ name, topicId, isInternal, errorCode, partitions }) => {
      const where = `Metadata of ${name ?? topicId}`;
      // To a producer a missing topic is one that may come; who asks for its description wants to know now.
      if (errorName(errorCode) === 'UNKNOWN_TOPIC_OR_PARTITION') throw finalError(errorCode, where);
      checkAnswer(errorCode, where);
      return {
        topic: name ?? '',
        topicId,
        isInternal,
        partitions: partitions.map(describePartition).sort((a, b) => a.partition - b.partition),
      };
    });
  });
}

type PartitionRow = ResponseOf<typeof apis.metadata>['topics'][number]['partitions'][number];

function describePartition(row: PartitionRow): PartitionDescription {
  const { partitionIndex: partition, leaderId: leader, leaderEpoch } = row;
  const { replicaNodes: replicas, isrNodes: isr, offlineReplicas } = row;
  return { partition, leader, leaderEpoch, replicas, isr, offlineReplicas };
}
