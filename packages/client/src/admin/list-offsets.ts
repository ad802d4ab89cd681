import {
  earliestTimestamp,
  latestTimestamp,
  listOffsets as listOffsetsOnce,
  maxTimestampTimestamp,
} from '../connection/list-offsets.ts';
import { partitionKey } from '../core/assignors/assignor.ts';
import type { TopicPartition } from '../record.ts';
import type { ListedOffset, OffsetSpec } from './admin.ts';
import type { AdminContext } from './admin-context.ts';

export interface ListOffsetsRequest {
  readonly partitions: readonly (TopicPartition & { readonly at: OffsetSpec })[];
  readonly isolationLevel?: 'read_uncommitted' | 'read_committed';
}

/** Looks offsets up, in the order in which the partitions are given. */
export async function listOffsets(context: AdminContext, request: ListOffsetsRequest): Promise<ListedOffset[]> {
  const { partitions, isolationLevel = 'read_uncommitted' } = request;
  const queries = partitions.map(({ topic, partition, at }) => ({ topic, partition, timestamp: timestampOf(at) }));
  const found = await context.retrying(async () => {
    await context.knowTopics(queries.map(({ topic }) => topic));
    return listOffsetsOnce(context.cluster, queries, isolationLevel);
  });
  const byPartition = new Map(found.map((row) => [partitionKey(row), row]));
  return partitions.flatMap((partition) => byPartition.get(partitionKey(partition)) ?? []);
}

function timestampOf(at: OffsetSpec): number {
  switch (at) {
    case 'earliest':
      return earliestTimestamp;
    case 'latest':
      return latestTimestamp;
    case 'max-timestamp':
      return maxTimestampTimestamp;
    default:
      return at.timestamp;
  }
}
