import { apis, type ErrorName, errorCode, type RequestOf, type ResponseDraftOf, zeroUuid } from '@nagare/protocol';
import type { MetadataImage, TopicImage } from '../core/controller/image.ts';
import { isInternalTopic, topicNameFault } from '../core/controller/topic-name.ts';
import { authorizedTopicOperations } from './authorized-operations.ts';
import { defineHandler } from './define-handler.ts';
import { partitionAnswer } from './metadata-topics.ts';

type Request = RequestOf<typeof apis.describeTopicPartitions>;
type Response = ResponseDraftOf<typeof apis.describeTopicPartitions>;
type Topic = Response['topics'][number];

/** Tells of topics and their partitions page by page, in the order of their names (KIP-966). */
export const handleDescribeTopicPartitions = defineHandler(apis.describeTopicPartitions, {
  handle(request, { broker }) {
    if (!hasGoodCursor(request)) return refused(request);
    const image = broker.image();
    const limit = Math.min(request.responsePartitionLimit, broker.settings.maxRequestPartitionSizeLimit);
    return page(namesFrom(request, image), { request, image, limit: Math.max(limit, 1) });
  },
});

/** The topic that the last page ended in must be asked for again. */
function hasGoodCursor({ topics, cursor }: Request): boolean {
  if (cursor === null) return true;
  if (topics.length > 0 && !topics.some(({ name }) => name === cursor.topicName)) return false;
  return cursor.partitionIndex >= 0;
}

/** Without names all topics are asked for. */
function namesFrom({ topics, cursor }: Request, { topicsByName }: MetadataImage): string[] {
  const names = topics.length === 0 ? topicsByName.keys() : topics.map(({ name }) => name);
  const first = cursor?.topicName ?? '';
  return [...new Set(names)].filter((name) => name >= first).sort();
}

interface PageOptions {
  readonly request: Request;
  readonly image: MetadataImage;
  /** The most partitions of a page. */
  readonly limit: number;
}

function page(names: readonly string[], { request, image, limit }: PageOptions): Response {
  const topics: Topic[] = [];
  let left = limit;
  for (const name of names) {
    if (left === 0) return { topics, nextCursor: { topicName: name, partitionIndex: 0 } };
    const topic = image.topicsByName.get(name);
    if (topic === undefined) {
      topics.push(absentTopic(name));
      continue;
    }
    const first = request.cursor?.topicName === name ? request.cursor.partitionIndex : 0;
    const partitions = topic.partitions.slice(first, first + left);
    topics.push(knownTopic(image, topic, partitions));
    const next = first + partitions.length;
    if (next < topic.partitions.length) return { topics, nextCursor: { topicName: name, partitionIndex: next } };
    left -= partitions.length;
  }
  return { topics, nextCursor: null };
}

function knownTopic(image: MetadataImage, topic: TopicImage, partitions: TopicImage['partitions']): Topic {
  const { name, id: topicId, isInternal } = topic;
  return {
    ...{ errorCode: errorCode.NONE, name, topicId, isInternal },
    partitions: partitions.map((partition) => ({
      ...partitionAnswer(image, partition),
      ...{ eligibleLeaderReplicas: [], lastKnownElr: [] },
    })),
    topicAuthorizedOperations: authorizedTopicOperations(true),
  };
}

function absentTopic(name: string): Topic {
  const error: ErrorName =
    topicNameFault(name) === undefined ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'INVALID_TOPIC_EXCEPTION';
  return {
    ...{ errorCode: errorCode[error], name, topicId: zeroUuid, isInternal: isInternalTopic(name), partitions: [] },
    topicAuthorizedOperations: authorizedTopicOperations(true),
  };
}

function refused({ topics }: Request): Response {
  return {
    topics: topics.map(({ name }) => ({
      ...{ errorCode: errorCode.INVALID_REQUEST, name, topicId: zeroUuid, isInternal: false, partitions: [] },
    })),
    nextCursor: null,
  };
}
