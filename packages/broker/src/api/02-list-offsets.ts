import { apis, type ErrorName, errorCode, type RequestOf, type ResponseDraftOf } from '@nagare/protocol';
import type { PartitionHost } from '../host/partition-host.ts';
import type { RequestContext } from './context.ts';
import { defineHandler } from './define-handler.ts';

type Request = RequestOf<typeof apis.listOffsets>;
type Asked = Request['topics'][number]['partitions'][number];
type Found = ResponseDraftOf<typeof apis.listOffsets>['topics'][number]['partitions'][number];

/** The timestamps that stand for something else (KIP-734, KIP-405, KIP-1005, KIP-1023). */
const latest = -1;
const earliest = -2;
const maxTimestamp = -3;
const earliestLocal = -4;
const latestTiered = -5;
const earliestPendingUpload = -6;

/** Finds offsets by timestamp, or the first, the last, or the one with the greatest timestamp. */
export const handleListOffsets = defineHandler(apis.listOffsets, {
  async handle(request, context) {
    return {
      topics: await Promise.all(
        request.topics.map(async ({ name, partitions }) => ({
          name,
          partitions: await Promise.all(partitions.map((asked) => find(name, asked, { request, context }))),
        })),
      ),
    };
  },
});

async function find(
  topic: string,
  asked: Asked,
  { request, context }: { request: Request; context: RequestContext },
): Promise<Found> {
  if (isTwice(request, topic, asked.partitionIndex)) return failure(asked, 'INVALID_REQUEST');
  const host = context.broker.partitions.get(topic, asked.partitionIndex);
  if (host === undefined) return failure(asked, 'UNKNOWN_TOPIC_OR_PARTITION');
  const epochError = host.partition.checkLeaderEpoch(asked.currentLeaderEpoch);
  if (epochError !== 'NONE') return failure(asked, epochError);
  return lookUp(asked, host, request.isolationLevel === 1);
}

async function lookUp(asked: Asked, { log, partition }: PartitionHost, isReadCommitted: boolean): Promise<Found> {
  const end = isReadCommitted ? partition.lastStableOffset : partition.highWatermark;
  const { latest: latestEpoch } = log.epochs;
  switch (asked.timestamp) {
    case latest:
      return found(asked, { offset: end, timestampMs: -1, leaderEpoch: latestEpoch });
    case earliest:
    case earliestLocal:
      return found(asked, {
        offset: log.startOffset,
        timestampMs: -1,
        leaderEpoch: log.epochs.epochAt(log.startOffset),
      });
    case maxTimestamp:
      return found(asked, await log.maxTimestampOffset(end));
    case latestTiered:
    case earliestPendingUpload:
      return found(asked, undefined);
    default:
      if (asked.timestamp < 0) return failure(asked, 'UNSUPPORTED_VERSION');
      return found(asked, await log.offsetForTime(asked.timestamp, end));
  }
}

function found(
  { partitionIndex }: Asked,
  at: { readonly offset: number; readonly timestampMs: number; readonly leaderEpoch: number } | undefined,
): Found {
  const { offset, timestampMs, leaderEpoch } = at ?? { offset: -1, timestampMs: -1, leaderEpoch: -1 };
  return { partitionIndex, errorCode: errorCode.NONE, offset, timestamp: timestampMs, leaderEpoch };
}

function failure({ partitionIndex }: Asked, error: ErrorName): Found {
  return { partitionIndex, errorCode: errorCode[error] };
}

function isTwice(request: Request, topic: string, index: number): boolean {
  const same = request.topics.filter(({ name }) => name === topic).flatMap(({ partitions }) => partitions);
  return same.filter(({ partitionIndex }) => partitionIndex === index).length > 1;
}
