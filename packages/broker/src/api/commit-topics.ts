import { type ErrorName, errorCode } from '@nagare/protocol';
import type { MetadataImage } from '../core/controller/image.ts';
import type { CommitPartition, CommitTopic } from '../core/group/commit-event.ts';
import { missingPartition, type PartitionResults } from '../core/group/offsets.ts';

/** A topic of a commit as a client names it: by its id or, before clients knew that, by its name. */
interface AskedTopic {
  readonly name: string;
  readonly topicId: string;
  readonly partitions: readonly CommitPartition[];
}

/** The topic that is meant, with what is known of it. */
export function commitTopicOf(
  asked: AskedTopic,
  { image, hasTopicIds }: { readonly image: MetadataImage; readonly hasTopicIds: boolean },
): CommitTopic {
  const topic = hasTopicIds ? image.topicsById.get(asked.topicId) : image.topicsByName.get(asked.name);
  return {
    name: topic?.name ?? asked.name,
    topicId: topic?.id ?? asked.topicId,
    partitionCount: topic?.partitions.length ?? 0,
    partitions: asked.partitions,
  };
}

/** The answer of a coordinator that does not look at a commit; of a partition that does not exist that is told first. */
export function refuseCommit(topics: readonly CommitTopic[], error: ErrorName): PartitionResults {
  return {
    errorCode: errorCode[error],
    topics: topics.map((topic) => ({
      name: topic.name,
      topicId: topic.topicId,
      partitions: topic.partitions.map(({ partitionIndex }) => ({
        partitionIndex,
        errorCode: errorCode[missingPartition(topic, partitionIndex) ?? error],
      })),
    })),
  };
}
