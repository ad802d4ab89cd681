import { apis, errorCode, type RequestOf, zeroUuid } from '@nagare/protocol';
import type { MetadataImage, TopicImage } from '../core/controller/image.ts';
import type { CommitTopic, PartitionResults } from '../core/group/offsets.ts';
import { defineHandler } from './define-handler.ts';

type AskedTopic = RequestOf<typeof apis.offsetCommit>['topics'][number];

/** From this version on, topics have ids instead of names. */
const firstVersionWithIds = 10;
const firstVersionWithMissingGroups = 9;

/** Remembers how far a group has consumed. */
export const handleOffsetCommit = defineHandler(apis.offsetCommit, {
  handle(request, { version, broker }) {
    const image = broker.image();
    const event = {
      groupId: request.groupId,
      memberId: request.memberId,
      groupInstanceId: request.groupInstanceId,
      generationId: request.generationIdOrMemberEpoch,
      retentionMs: request.retentionTimeMs,
      knowsMissingGroups: version >= firstVersionWithMissingGroups,
      topics: request.topics.map((topic) => commitTopic(topic, topicOf(topic, { image, version }))),
    };
    return broker.groups.submit<PartitionResults>(
      event.groupId,
      (group, turn) => group.commit(event, turn),
      (error) => refuseAll(request.topics, errorCode[error]),
    );
  },
});

function topicOf(
  { name, topicId }: AskedTopic,
  { image, version }: { readonly image: MetadataImage; readonly version: number },
): TopicImage | undefined {
  return version < firstVersionWithIds ? image.topicsByName.get(name) : image.topicsById.get(topicId);
}

function commitTopic(asked: AskedTopic, topic: TopicImage | undefined): CommitTopic {
  return {
    name: topic?.name ?? asked.name,
    topicId: topic?.id ?? (asked.topicId || zeroUuid),
    partitionCount: topic?.partitions.length ?? 0,
    partitions: asked.partitions,
  };
}

function refuseAll(topics: readonly AskedTopic[], code: number): PartitionResults {
  return {
    errorCode: code,
    topics: topics.map(({ name, topicId, partitions }) => ({
      name,
      topicId,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: code })),
    })),
  };
}
