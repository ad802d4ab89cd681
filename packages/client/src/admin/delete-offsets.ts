import { apis } from '@nagare/protocol';
import { groupByTopic } from '../core/assignors/by-topic.ts';
import type { TopicPartition } from '../record.ts';
import type { AdminContext } from './admin-context.ts';

export interface DeleteOffsetsRequest {
  readonly groupId: string;
  readonly partitions: readonly TopicPartition[];
}

/** Deletes committed offsets of a group, of topics that nobody in it subscribes to. */
export async function deleteOffsets(
  context: AdminContext,
  { groupId, partitions }: DeleteOffsetsRequest,
): Promise<void> {
  const coordinator = context.coordinatorOf(groupId);
  await context.retrying(async () => {
    const answer = await coordinator.request(apis.offsetDelete, {
      groupId,
      topics: groupByTopic(partitions).map((each) => ({
        name: each.topic,
        partitions: each.partitions.map((partitionIndex) => ({ partitionIndex })),
      })),
    });
    coordinator.check(answer.errorCode, 'OffsetDelete');
    for (const topic of answer.topics) {
      for (const { errorCode, partitionIndex } of topic.partitions) {
        coordinator.check(errorCode, `OffsetDelete of ${topic.name}-${partitionIndex}`);
      }
    }
  });
}
