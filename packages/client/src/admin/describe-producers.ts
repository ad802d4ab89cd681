import { apis } from '@nagare/protocol';
import { kafkaError, leaderlessError } from '../errors.ts';
import type { TopicPartition } from '../record.ts';
import type { PartitionProducers } from './admin.ts';
import type { AdminContext } from './admin-context.ts';

/** Asks the leaders which producers write to partitions. */
export function describeProducers(
  context: AdminContext,
  { partitions }: { readonly partitions: readonly TopicPartition[] },
): Promise<PartitionProducers[]> {
  return context.retrying(async () => {
    await context.knowTopics(partitions.map(({ topic }) => topic));
    return Promise.all(partitions.map((partition) => describe(context, partition)));
  });
}

async function describe(context: AdminContext, { topic, partition }: TopicPartition): Promise<PartitionProducers> {
  const { cluster } = context;
  const leader = cluster.view.leaderOf(topic, partition)?.leader;
  if (leader === undefined) throw leaderlessError({ topic, partition });
  const topics = [{ name: topic, partitionIndexes: [partition] }];
  const answer = await cluster.request(leader, apis.describeProducers, { topics });
  const row = answer.topics[0]?.partitions[0];
  const where = `DescribeProducers of ${topic}-${partition}`;
  if (row !== undefined && row.errorCode !== 0) {
    cluster.view.expire();
    throw kafkaError(row.errorCode, where, row.errorMessage);
  }
  const producers = (row?.activeProducers ?? []).map((each) => ({
    producerId: each.producerId,
    producerEpoch: each.producerEpoch,
    lastSequence: each.lastSequence,
    lastTimestampMs: each.lastTimestamp,
    coordinatorEpoch: each.coordinatorEpoch,
    transactionStartOffset: each.currentTxnStartOffset < 0 ? undefined : each.currentTxnStartOffset,
  }));
  return { topic, partition, producers };
}
