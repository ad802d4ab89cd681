import { apis, errorCode } from '@nagare/protocol';
import { reassign } from '../core/controller/reassignments.ts';
import { defineHandler } from './define-handler.ts';

/** Takes wishes to move partitions between brokers (KIP-455): with one broker, only that they stay where they are. */
export const handleAlterPartitionReassignments = defineHandler(apis.alterPartitionReassignments, {
  handle({ topics, allowReplicationFactorChange }, { broker }) {
    const image = broker.image();
    return {
      ...{ errorCode: errorCode.NONE, allowReplicationFactorChange },
      errorMessage: topics.length === 0 ? '' : null,
      responses: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, replicas }) => {
          const { error, message } = reassign(image, { topic: name, partition: partitionIndex, replicas });
          return { partitionIndex, errorCode: errorCode[error], errorMessage: message };
        }),
      })),
    };
  },
});
