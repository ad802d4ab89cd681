import { apis, type ErrorName, errorCode, type RequestOf, type ResponseDraftOf } from '@nagare/protocol';
import type { TxnMarker } from '../core/transaction/txn-marker.ts';
import { offsetsTopicName } from '../host/group-host.ts';
import type { RequestContext } from './context.ts';
import { defineHandler } from './define-handler.ts';

type Asked = RequestOf<typeof apis.writeTxnMarkers>['markers'][number];
type MarkerAnswer = ResponseDraftOf<typeof apis.writeTxnMarkers>['markers'][number];

/** Ends transactions in the partitions that they wrote to: what coordinators of other brokers, and Kafka's tools, ask for. */
export const handleWriteTxnMarkers = defineHandler(apis.writeTxnMarkers, {
  async handle(request, context) {
    return { markers: await Promise.all(request.markers.map((asked) => write(asked, context))) };
  },
});

async function write(asked: Asked, context: RequestContext): Promise<MarkerAnswer> {
  const { producerId, producerEpoch, coordinatorEpoch, transactionResult: isCommit, transactionVersion } = asked;
  const marker = { producerId, producerEpoch, coordinatorEpoch, isCommit, transactionVersion };
  const topics = asked.topics.map(async ({ name, partitionIndexes }) => {
    const partitions = partitionIndexes.map(async (partitionIndex) => {
      const error = await writeTo({ topic: name, partition: partitionIndex }, marker, context);
      return { partitionIndex, errorCode: errorCode[error] };
    });
    return { name, partitions: await Promise.all(partitions) };
  });
  return { producerId, topics: await Promise.all(topics) };
}

async function writeTo(
  { topic, partition }: { readonly topic: string; readonly partition: number },
  marker: TxnMarker,
  { broker }: RequestContext,
): Promise<ErrorName> {
  const host = broker.partitions.get(topic, partition);
  if (host === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION';
  if (topic !== offsetsTopicName) return host.writeMarker(marker);
  const error = await broker.groups.writeMarker(partition, marker);
  return isNotReady(error) ? 'NOT_LEADER_OR_FOLLOWER' : error;
}

/** A coordinator of transactions does not expect to hear of the state of one of groups. */
function isNotReady(error: ErrorName): boolean {
  return (
    error === 'COORDINATOR_LOAD_IN_PROGRESS' || error === 'COORDINATOR_NOT_AVAILABLE' || error === 'NOT_COORDINATOR'
  );
}
