import { fetchOffsets as fetchOffsetsOnce } from '../connection/offset-store.ts';
import type { CommitOffset } from '../consumer.ts';
import type { TopicPartition } from '../record.ts';
import type { AdminContext } from './admin-context.ts';

export interface FetchOffsetsRequest {
  readonly groupId: string;
  readonly partitions?: readonly TopicPartition[];
}

/** Reads the committed offsets of a group, as they are now: an open transaction may change them. */
export function fetchOffsets(
  context: AdminContext,
  { groupId, partitions }: FetchOffsetsRequest,
): Promise<CommitOffset[]> {
  return context.retrying(() => fetchOffsetsOnce(context.coordinatorOf(groupId), groupId, partitions, false));
}
