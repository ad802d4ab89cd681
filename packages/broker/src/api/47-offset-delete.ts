import { apis, errorCode, type RequestOf } from '@nagare/protocol';
import type { PartitionResults } from '../core/group/offsets.ts';
import { defineHandler } from './define-handler.ts';

type AskedTopic = RequestOf<typeof apis.offsetDelete>['topics'][number];

/** Deletes offsets that a group has committed for topics that it no longer consumes. */
export const handleOffsetDelete = defineHandler(apis.offsetDelete, {
  async handle({ groupId, topics }, { broker }) {
    const { topicsByName } = broker.image();
    const event = { groupId, topics: topics.filter(({ name }) => topicsByName.has(name)) };
    const reply = await broker.groups.submit<PartitionResults>(
      groupId,
      (group, turn) => group.deleteOffsets(event, turn),
      (error) => ({ errorCode: errorCode[error], topics: [] }),
    );
    if (reply.errorCode !== errorCode.NONE) return reply;
    const unknown = topics.filter(({ name }) => !topicsByName.has(name)).map(unknownTopic);
    return { errorCode: errorCode.NONE, topics: [...reply.topics, ...unknown] };
  },
});

function unknownTopic({ name, partitions }: AskedTopic) {
  const code = errorCode.UNKNOWN_TOPIC_OR_PARTITION;
  return { name, partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: code })) };
}
