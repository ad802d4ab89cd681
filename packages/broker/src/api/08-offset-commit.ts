import { apis } from '@nagare/protocol';
import type { PartitionResults } from '../core/group/offsets.ts';
import { commitTopicOf, refuseCommit } from './commit-topics.ts';
import { defineHandler } from './define-handler.ts';

const firstVersionWith = { missingGroups: 9, topicIds: 10 } as const;

/** Remembers how far a group has consumed. */
export const handleOffsetCommit = defineHandler(apis.offsetCommit, {
  handle(request, { version, broker }) {
    const image = broker.image();
    const hasTopicIds = version >= firstVersionWith.topicIds;
    const event = {
      groupId: request.groupId,
      memberId: request.memberId,
      groupInstanceId: request.groupInstanceId,
      generationId: request.generationIdOrMemberEpoch,
      retentionMs: request.retentionTimeMs,
      knowsMissingGroups: version >= firstVersionWith.missingGroups,
      topics: request.topics.map((topic) => commitTopicOf(topic, { image, hasTopicIds })),
    };
    return broker.groups.submit<PartitionResults>(
      event.groupId,
      (group, turn) => group.commit(event, turn),
      (error) => refuseCommit(event.topics, error),
    );
  },
});
