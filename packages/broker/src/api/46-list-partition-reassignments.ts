import { apis, errorCode, type RequestOf } from '@nagare/protocol';
import type { MetadataImage, PartitionImage } from '../core/controller/image.ts';
import { isMoving } from '../core/controller/reassignments.ts';
import { defineHandler } from './define-handler.ts';

type Request = RequestOf<typeof apis.listPartitionReassignments>;

/** Lists the partitions that are being moved between brokers (KIP-455). */
export const handleListPartitionReassignments = defineHandler(apis.listPartitionReassignments, {
  handle(request, { broker }) {
    const topics = askedPartitions(request, broker.image()).map(({ name, partitions }) => ({
      name,
      partitions: partitions
        .filter(isMoving)
        .map(({ index: partitionIndex, replicas, addingReplicas, removingReplicas }) => {
          return { partitionIndex, replicas, addingReplicas, removingReplicas };
        }),
    }));
    const moving = topics.filter(({ partitions }) => partitions.length > 0);
    return { errorCode: errorCode.NONE, errorMessage: null, topics: moving };
  },
});

interface AskedTopic {
  readonly name: string;
  readonly partitions: readonly PartitionImage[];
}

function askedPartitions({ topics }: Request, { topicsByName }: MetadataImage): readonly AskedTopic[] {
  if (topics === null) return [...topicsByName.values()];
  return topics.map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.flatMap((index) => topicsByName.get(name)?.partitions[index] ?? []),
  }));
}
