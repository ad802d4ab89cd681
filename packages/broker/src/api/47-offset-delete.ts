import { apis, errorCode } from '@nagare/protocol';
import type { PartitionResults } from '../core/group/offsets.ts';
import { defineHandler } from './define-handler.ts';

/** Deletes offsets that a group has committed for topics that it no longer consumes. */
export const handleOffsetDelete = defineHandler(apis.offsetDelete, {
  handle({ groupId, topics }, { broker }) {
    const { topicsByName } = broker.image();
    const event = {
      groupId,
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitionCount: topicsByName.get(name)?.partitions.length ?? 0,
        partitions,
      })),
    };
    return broker.groups.submit<PartitionResults>(
      groupId,
      (group, turn) => group.deleteOffsets(event, turn),
      (error) => ({ errorCode: errorCode[error], topics: [] }),
    );
  },
});
