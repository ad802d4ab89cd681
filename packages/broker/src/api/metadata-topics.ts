import { type apis, type ErrorName, errorCode, type ResponseDraftOf } from '@nagare/protocol';
import type { MetadataImage, PartitionImage, TopicImage } from '../core/controller/image.ts';
import { isInternalTopic, topicNameFault } from '../core/controller/topic-name.ts';

/** A topic in the answer to Metadata. */
export type TopicAnswer = ResponseDraftOf<typeof apis.metadata>['topics'][number];

/** What Metadata says of a topic that was asked for by id. */
export function topicById(image: MetadataImage, topicId: string, operations: number): TopicAnswer {
  const topic = image.topicsById.get(topicId);
  if (topic !== undefined) return knownTopic(image, topic, operations);
  return { errorCode: errorCode.UNKNOWN_TOPIC_ID, name: null, topicId, partitions: [] };
}

/** What Metadata says of a topic that was asked for by name; `fault` is why it could not be created. */
export function topicByName(
  image: MetadataImage,
  name: string,
  { operations, fault = 'NONE' }: { readonly operations: number; readonly fault: ErrorName | undefined },
): TopicAnswer {
  const topic = image.topicsByName.get(name);
  if (topic !== undefined) return knownTopic(image, topic, operations);
  const isIllegal = topicNameFault(name) !== undefined;
  const absent = isIllegal ? 'INVALID_TOPIC_EXCEPTION' : 'UNKNOWN_TOPIC_OR_PARTITION';
  return {
    errorCode: errorCode[fault === 'NONE' ? absent : fault],
    ...{ name, isInternal: isInternalTopic(name), partitions: [], topicAuthorizedOperations: operations },
  };
}

/** What Metadata says of a topic that exists. */
export function knownTopic(image: MetadataImage, topic: TopicImage, operations: number): TopicAnswer {
  const { name, id: topicId, isInternal } = topic;
  const partitions = topic.partitions.map((partition) => partitionAnswer(image, partition));
  return { errorCode: 0, name, topicId, isInternal, partitions, topicAuthorizedOperations: operations };
}

/** What Metadata says of one partition. */
export function partitionAnswer(image: MetadataImage, partition: PartitionImage) {
  const { index, leader, leaderEpoch, replicas, isr } = partition;
  return {
    errorCode: leader < 0 ? errorCode.LEADER_NOT_AVAILABLE : errorCode.NONE,
    ...{ partitionIndex: index, leaderId: leader, leaderEpoch, replicaNodes: replicas, isrNodes: isr },
    offlineReplicas: replicas.filter((id) => image.brokers.get(id)?.isFenced ?? true),
  };
}
