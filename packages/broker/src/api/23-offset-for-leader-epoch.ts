import { apis, type ErrorName, errorCode, type RequestOf, type ResponseDraftOf } from '@nagare/protocol';
import type { RequestContext } from './context.ts';
import { defineHandler } from './define-handler.ts';

type Asked = RequestOf<typeof apis.offsetForLeaderEpoch>['topics'][number]['partitions'][number];
type Found = ResponseDraftOf<typeof apis.offsetForLeaderEpoch>['topics'][number]['partitions'][number];

/** Tells where a leader epoch ends, so that a reader can see whether its log is still this one (KIP-320). */
export const handleOffsetForLeaderEpoch = defineHandler(apis.offsetForLeaderEpoch, {
  handle(request, context) {
    return {
      topics: request.topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map((asked) => endOf(topic, asked, context)),
      })),
    };
  },
});

function endOf(topic: string, asked: Asked, { broker }: RequestContext): Found {
  const host = broker.partitions.get(topic, asked.partition);
  if (host === undefined) return failure(asked, 'UNKNOWN_TOPIC_OR_PARTITION');
  const epochError = host.partition.checkLeaderEpoch(asked.currentLeaderEpoch);
  if (epochError !== 'NONE') return failure(asked, epochError);
  const { epoch, endOffset } = host.partition.endOffsetForEpoch(asked.leaderEpoch);
  return { partition: asked.partition, errorCode: errorCode.NONE, leaderEpoch: epoch, endOffset };
}

function failure({ partition }: Asked, error: ErrorName): Found {
  return { partition, errorCode: errorCode[error] };
}
