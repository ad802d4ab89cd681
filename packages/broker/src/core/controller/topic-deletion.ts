import { zeroUuid } from '@nagare/protocol';
import { accepted, type Decision, type Outcome, type Refusal, refusal } from './decision.ts';
import type { MetadataImage } from './image.ts';
import type { MetadataRecord } from './records.ts';
import { repeated } from './repeated.ts';

/** A topic to delete, by name or by id: exactly one of them. */
export interface TopicToDelete {
  readonly name: string | null;
  /** Zero when the name is given. */
  readonly topicId: string;
}

export interface DeleteTopicResult extends Outcome, TopicToDelete {}

/** Deletes topics; the results are in the order of the command, with what was named twice told of once. */
export function deleteTopics(
  image: MetadataImage,
  topics: readonly TopicToDelete[],
): Decision<readonly DeleteTopicResult[]> {
  const keyOf = ({ name, topicId }: TopicToDelete) => (name === null ? `id:${topicId}` : `name:${name}`);
  const duplicates = repeated(topics.map(keyOf));
  const deleted = new Set<string>();
  const response = new Map<string, DeleteTopicResult>();
  for (const topic of topics) {
    const key = keyOf(topic);
    const result = duplicates.has(key) ? duplicate(topic) : deletion(image, topic, deleted);
    if (result.error === 'NONE') deleted.add(result.topicId);
    response.set(key, result);
  }
  const records = [...deleted].map((topicId): MetadataRecord => ({ type: 'removeTopicRecord', value: { topicId } }));
  return { records, response: [...response.values()] };
}

function duplicate(topic: TopicToDelete): DeleteTopicResult {
  const message = topic.name === null ? 'Duplicate topic id.' : 'Duplicate topic name.';
  return { ...topic, ...refusal('INVALID_REQUEST', message) };
}

function deletion(image: MetadataImage, wanted: TopicToDelete, deleted: ReadonlySet<string>): DeleteTopicResult {
  const refuse = (refused: Refusal) => ({ ...wanted, ...refused });
  const isById = wanted.topicId !== zeroUuid;
  if (wanted.name === null && !isById) {
    return refuse(refusal('INVALID_REQUEST', 'Neither topic name nor id were specified.'));
  }
  if (wanted.name !== null && isById) {
    return refuse(refusal('INVALID_REQUEST', 'You may not specify both topic name and topic id.'));
  }
  const topic = wanted.name === null ? image.topicsById.get(wanted.topicId) : image.topicsByName.get(wanted.name);
  if (topic === undefined) {
    return refuse(
      isById
        ? refusal('UNKNOWN_TOPIC_ID', 'This server does not host this topic ID.')
        : refusal('UNKNOWN_TOPIC_OR_PARTITION', 'This server does not host this topic-partition.'),
    );
  }
  const identity = { name: topic.name, topicId: topic.id };
  if (deleted.has(topic.id)) {
    const message = 'The provided topic name maps to an ID that was already supplied.';
    return { ...identity, ...refusal('INVALID_REQUEST', message) };
  }
  if (topic.isInternal) {
    return { ...identity, ...refusal('INVALID_TOPIC_EXCEPTION', `Internal topic ${topic.name} cannot be deleted.`) };
  }
  return { ...identity, ...accepted };
}
