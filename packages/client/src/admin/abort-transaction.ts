import { apis } from '@nagare/protocol';
import { kafkaError, leaderlessError } from '../errors.ts';
import type { AbortTransactionRequest } from './admin.ts';
import type { AdminContext } from './admin-context.ts';
import { describeProducers } from './describe-producers.ts';

/** Writes the marker that ends a transaction which its coordinator has forgotten, in one partition. */
export async function abortTransaction(context: AdminContext, request: AbortTransactionRequest): Promise<void> {
  const { topic, partition, startOffset } = request;
  const [found] = await describeProducers(context, { partitions: [{ topic, partition }] });
  const writer = found?.producers.find(({ transactionStartOffset }) => transactionStartOffset === startOffset);
  if (writer === undefined)
    throw new RangeError(`No transaction is open from offset ${startOffset} on in ${topic}-${partition}`);
  const { producerId, producerEpoch, coordinatorEpoch } = writer;
  const topics = [{ name: topic, partitionIndexes: [partition] }];
  // No coordinator has written for the producer yet when the epoch is unknown.
  const marker = {
    producerId,
    producerEpoch,
    coordinatorEpoch: Math.max(coordinatorEpoch, 0),
    transactionResult: false,
    topics,
  };
  await context.retrying(async () => {
    const leader = context.cluster.view.leaderOf(topic, partition)?.leader;
    if (leader === undefined) throw leaderlessError({ topic, partition });
    const answer = await context.cluster.request(leader, apis.writeTxnMarkers, { markers: [marker] });
    const code = answer.markers[0]?.topics[0]?.partitions[0]?.errorCode ?? 0;
    if (code !== 0) throw kafkaError(code, `WriteTxnMarkers to ${topic}-${partition}`);
  });
}
