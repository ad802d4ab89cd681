import { apis, type ErrorName } from '@nagare/protocol';
import type { PartitionResults } from '../core/group/offsets.ts';
import { commitTopicOf, refuseCommit } from './commit-topics.ts';
import { defineHandler } from './define-handler.ts';
import { isTransactionalId } from './transactional-id.ts';

const firstVersionWith = { loadInProgress: 2, abortable: 4, implicitAdd: 5, topicIds: 6 } as const;

/** Stages offsets in the transaction of a producer: they count once that is committed. */
export const handleTxnOffsetCommit = defineHandler(apis.txnOffsetCommit, {
  handle(request, { version, broker }) {
    const { groupId, transactionalId, producerId, producerEpoch } = request;
    const image = broker.image();
    const hasTopicIds = version >= firstVersionWith.topicIds;
    const event = {
      groupId,
      memberId: request.memberId,
      groupInstanceId: request.groupInstanceId,
      generationId: request.generationIdOrMemberEpoch,
      retentionMs: -1,
      knowsMissingGroups: hasTopicIds,
      producer: { id: producerId, epoch: producerEpoch },
      topics: request.topics.map((topic) => commitTopicOf(topic, { image, hasTopicIds })),
    };
    const refuse = (error: ErrorName) => refuseCommit(event.topics, clientError(error, version));
    const isKnown = event.topics.some(({ partitionCount }) => partitionCount > 0);
    if (groupId === '' || !isKnown) return refuse('INVALID_GROUP_ID');
    const mode = version >= firstVersionWith.implicitAdd ? 'add' : 'verify';
    return broker.groups.submitInTransaction<PartitionResults>(
      groupId,
      {
        producer: event.producer,
        mode,
        enlist: async (partition) => {
          if (!isTransactionalId(transactionalId)) return 'INVALID_REQUEST';
          const enlistment = { transactionalId, producerId, producerEpoch, partitions: [partition], mode } as const;
          const [error = 'NONE'] = await broker.transactions.enlist(enlistment);
          return error;
        },
      },
      (group, turn) => group.commit(event, turn),
      refuse,
    );
  },
});

/** What clients of a version can make of an error. The oldest ones fail for good when the coordinator loads. */
function clientError(error: ErrorName, version: number): ErrorName {
  switch (error) {
    case 'PRODUCER_FENCED':
      return 'INVALID_PRODUCER_EPOCH';
    case 'TRANSACTION_ABORTABLE':
      return version < firstVersionWith.abortable ? 'INVALID_TXN_STATE' : error;
    case 'COORDINATOR_LOAD_IN_PROGRESS':
      return version < firstVersionWith.loadInProgress ? 'COORDINATOR_NOT_AVAILABLE' : error;
    default:
      return error;
  }
}
