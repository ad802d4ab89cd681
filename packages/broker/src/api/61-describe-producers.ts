import { apis, type ErrorName, errorCode, type ResponseDraftOf } from '@nagare/protocol';
import { topicNameFault } from '../core/controller/topic-name.ts';
import type { ProducerEntry } from '../core/partition/producer-entry.ts';
import type { PartitionHost } from '../host/partition-host.ts';
import { defineHandler } from './define-handler.ts';
import { once } from './once.ts';

type PartitionAnswer = ResponseDraftOf<typeof apis.describeProducers>['topics'][number]['partitions'][number];

/** Tells which producers partitions remember, and what transactions they have open there (KIP-664). */
export const handleDescribeProducers = defineHandler(apis.describeProducers, {
  handle(request, { broker }) {
    const describeOnce = once(describe);
    return {
      topics: request.topics.map(({ name, partitionIndexes }) => {
        const fault = topicNameFault(name);
        return {
          name,
          partitions: partitionIndexes.map((index) => {
            if (fault !== undefined) return failure(index, 'INVALID_TOPIC_EXCEPTION', fault);
            const host = broker.partitions.get(name, index);
            return host === undefined ? failure(index, 'UNKNOWN_TOPIC_OR_PARTITION') : describeOnce(host);
          }),
        };
      }),
    };
  },
});

function describe({ index, log }: PartitionHost): PartitionAnswer {
  return {
    partitionIndex: index,
    errorCode: errorCode.NONE,
    activeProducers: Array.from(log.producers.entries(), toActiveProducer),
  };
}

function toActiveProducer(entry: ProducerEntry): PartitionAnswer['activeProducers'][number] {
  return {
    producerId: entry.producerId,
    producerEpoch: entry.epoch,
    lastSequence: entry.batches.at(-1)?.lastSequence ?? -1,
    lastTimestamp: entry.lastTimestampMs,
    coordinatorEpoch: entry.coordinatorEpoch,
    currentTxnStartOffset: entry.currentTxnFirstOffset,
  };
}

function failure(partitionIndex: number, error: ErrorName, errorMessage: string | null = null): PartitionAnswer {
  return { partitionIndex, errorCode: errorCode[error], errorMessage, activeProducers: [] };
}
