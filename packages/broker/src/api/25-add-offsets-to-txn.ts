import { apis, type ErrorName, errorCode, type RequestOf } from '@nagare/protocol';
import { partitionOfKey } from '../core/key-partition.ts';
import { offsetsTopicName } from '../host/group-host.ts';
import type { RequestContext } from './context.ts';
import { defineHandler } from './define-handler.ts';
import { isTransactionalId, producerFencedAs } from './transactional-id.ts';

const firstVersionWithFenced = 2;

/** Adds the offsets of a group to a transaction: the partition of the internal topic that they are in. */
export const handleAddOffsetsToTxn = defineHandler(apis.addOffsetsToTxn, {
  async handle(request, context) {
    const error = await addOffsets(request, context);
    return { errorCode: errorCode[context.version < firstVersionWithFenced ? producerFencedAs(error) : error] };
  },
  refuse: (_, error) => ({ errorCode: errorCode[error] }),
});

async function addOffsets(
  request: RequestOf<typeof apis.addOffsetsToTxn>,
  { broker }: RequestContext,
): Promise<ErrorName> {
  const { transactionalId, producerId, producerEpoch, groupId } = request;
  if (!isTransactionalId(transactionalId)) return 'INVALID_REQUEST';
  if ((await broker.groups.prepare(groupId)) !== 'NONE') return 'COORDINATOR_NOT_AVAILABLE';
  const count = broker.image().topicsByName.get(offsetsTopicName)?.partitions.length ?? 1;
  const partitions = [{ topic: offsetsTopicName, partition: partitionOfKey(groupId, count) }];
  return broker.transactions.add({ transactionalId, producerId, producerEpoch, partitions, transactionVersion: 0 });
}
