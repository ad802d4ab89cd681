import { apis, errorCode, type RequestOf, type ResponseDraftOf, zeroUuid } from '@nagare/protocol';
import { controllerListenersOf } from '../config/listeners.ts';
import { clusterMetadataTopic } from '../core/controller/topic-name.ts';
import { defineHandler } from './define-handler.ts';

type Request = RequestOf<typeof apis.describeQuorum>;
type Response = ResponseDraftOf<typeof apis.describeQuorum>;

/** Tells how far the voters of the metadata log have come: this broker is the only one (KIP-836, KIP-853). */
export const handleDescribeQuorum = defineHandler(apis.describeQuorum, {
  handle(request, { broker }) {
    if (!isOfMetadata(request)) return unknownPartitions(request);
    const { controller, nodeId, clock, settings, image } = broker;
    const nowMs = clock.nowMs();
    const { endOffset, leaderEpoch } = controller;
    const [directoryId] = image().brokers.get(nodeId)?.directories ?? [];
    const self = {
      replicaId: nodeId,
      // A voter is known by its directory once the log says who the voters are.
      replicaDirectoryId: controller.kraftVersion > 0 ? directoryId : zeroUuid,
      logEndOffset: endOffset,
      lastFetchTimestamp: nowMs,
      lastCaughtUpTimestamp: nowMs,
    };
    const partition = {
      ...{ partitionIndex: 0, errorCode: errorCode.NONE, errorMessage: '' },
      ...{ leaderId: nodeId, leaderEpoch, highWatermark: endOffset, currentVoters: [self], observers: [] },
    };
    return {
      ...{ errorCode: errorCode.NONE, errorMessage: '' },
      topics: [{ topicName: clusterMetadataTopic, partitions: [partition] }],
      nodes: [{ nodeId, listeners: controllerListenersOf(settings) }],
    };
  },
});

function isOfMetadata({ topics }: Request): boolean {
  const [topic, ...others] = topics;
  const [partition, ...otherPartitions] = topic?.partitions ?? [];
  if (others.length > 0 || otherPartitions.length > 0) return false;
  return topic?.topicName === clusterMetadataTopic && partition?.partitionIndex === 0;
}

function unknownPartitions({ topics }: Request): Response {
  return {
    ...{ errorCode: errorCode.NONE, errorMessage: '', nodes: [] },
    topics: topics.map(({ topicName, partitions }) => ({
      topicName,
      partitions: partitions.map(({ partitionIndex }) => ({
        ...{ partitionIndex, errorCode: errorCode.UNKNOWN_TOPIC_OR_PARTITION },
        errorMessage: 'This server does not host this topic-partition.',
        ...{ leaderId: 0, leaderEpoch: 0, highWatermark: 0, currentVoters: [], observers: [] },
      })),
    })),
  };
}
