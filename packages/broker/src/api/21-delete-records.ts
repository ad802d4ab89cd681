import { apis, type ErrorName, errorCode, type RequestOf, type ResponseDraftOf } from '@nagare/protocol';
import type { RequestContext } from './context.ts';
import { defineHandler } from './define-handler.ts';

type Asked = RequestOf<typeof apis.deleteRecords>['topics'][number]['partitions'][number];
type Deleted = ResponseDraftOf<typeof apis.deleteRecords>['topics'][number]['partitions'][number];

/** The offset that stands for the high watermark. */
const toHighWatermark = -1;

/** Raises the first offset of partitions: what lies below is deleted. */
export const handleDeleteRecords = defineHandler(apis.deleteRecords, {
  async handle(request, context) {
    const topics = request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((asked) => deleteBefore(name, asked, context)),
    }));
    if (!topics.some(({ partitions }) => partitions.some(isDeleted))) return { topics };
    // A crash after the answer must not bring the records back.
    try {
      await context.broker.checkpoint();
    } catch (error) {
      context.broker.log.error('checkpoint.failed', { error });
      return { topics: topics.map(({ name, partitions }) => ({ name, partitions: partitions.map(undurable) })) };
    }
    return { topics };
  },
});

function isDeleted({ errorCode: code }: Deleted): boolean {
  return code === errorCode.NONE;
}

/** What was deleted without being written down may come back. */
function undurable(deleted: Deleted): Deleted {
  return isDeleted(deleted) ? failure(deleted, 'KAFKA_STORAGE_ERROR') : deleted;
}

function deleteBefore(topic: string, asked: Asked, { broker }: RequestContext): Deleted {
  const host = broker.partitions.get(topic, asked.partitionIndex);
  if (host === undefined) return failure(asked, 'UNKNOWN_TOPIC_OR_PARTITION');
  if (host.isInternal) return failure(asked, 'INVALID_TOPIC_EXCEPTION');
  if (host.fault !== undefined) return failure(asked, host.fault);
  const { log, partition } = host;
  if (!log.config.cleanupPolicy.includes('delete')) return failure(asked, 'POLICY_VIOLATION');
  const offset = asked.offset === toHighWatermark ? partition.highWatermark : asked.offset;
  if (offset < 0 || offset > partition.highWatermark) return failure(asked, 'OFFSET_OUT_OF_RANGE');
  log.deleteBefore(offset, broker.clock.nowMs());
  return { partitionIndex: asked.partitionIndex, lowWatermark: log.startOffset, errorCode: errorCode.NONE };
}

function failure({ partitionIndex }: Pick<Asked, 'partitionIndex'>, error: ErrorName): Deleted {
  return { partitionIndex, lowWatermark: -1, errorCode: errorCode[error] };
}
