import { errorCode } from '@nagare/protocol';
import { commitOffsets } from '../connection/offset-store.ts';
import type { CommitOffset } from '../consumer.ts';
import type { AdminContext } from './admin-context.ts';

export interface SetOffsetsRequest {
  readonly groupId: string;
  readonly offsets: readonly CommitOffset[];
}

/** Sets committed offsets of a group without members, as one who is no member either. */
export async function setOffsets(context: AdminContext, { groupId, offsets }: SetOffsetsRequest): Promise<void> {
  const coordinator = context.coordinatorOf(groupId);
  const outsider = { groupId, generationId: -1, memberId: '', groupInstanceId: null };
  await context.retrying(async () => {
    coordinator.check(errorCode[await commitOffsets(coordinator, outsider, offsets)], 'OffsetCommit');
  });
}
