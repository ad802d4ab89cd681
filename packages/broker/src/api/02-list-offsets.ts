import { apis, type ErrorName, errorCode, type RequestOf, type ResponseDraftOf } from '@nagare/protocol';
import type { PartitionHost } from '../host/partition-host.ts';
import { partitionKey } from '../log/checkpoint.ts';
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
/** The versions since which they may be asked for. */
const versionMin: Readonly<Record<number, number>> = {
  ...{ [latest]: 1, [earliest]: 1, [maxTimestamp]: 7 },
  ...{ [earliestLocal]: 8, [latestTiered]: 9, [earliestPendingUpload]: 11 },
};

/** Finds offsets by timestamp, or the first, the last, or the one with the greatest timestamp. */
export const handleListOffsets = defineHandler(apis.listOffsets, {
  async handle(request, context) {
    const repeated = repeatedIn(request);
    const topics: { name: string; partitions: Found[] }[] = [];
    for (const { name, partitions } of request.topics) {
      const found: Found[] = [];
      // One after the other: a search by time reads a part of the log into memory.
      for (const asked of partitions) {
        const isRepeated = repeated.has(partitionKey(name, asked.partitionIndex));
        found.push(isRepeated ? failure(asked, 'INVALID_REQUEST') : await find(name, asked, { request, context }));
      }
      topics.push({ name, partitions: found });
    }
    return { topics };
  },
});

async function find(
  topic: string,
  asked: Asked,
  { request, context }: { request: Request; context: RequestContext },
): Promise<Found> {
  if (asked.timestamp < 0 && context.version < (versionMin[asked.timestamp] ?? Number.POSITIVE_INFINITY)) {
    return failure(asked, 'UNSUPPORTED_VERSION');
  }
  const host = context.broker.partitions.get(topic, asked.partitionIndex);
  if (host === undefined) return failure(asked, 'UNKNOWN_TOPIC_OR_PARTITION');
  const error = host.fault ?? host.partition.checkLeaderEpoch(asked.currentLeaderEpoch);
  if (error !== 'NONE') return failure(asked, error);
  try {
    return await lookUp(asked, host, request.isolationLevel === 1);
  } catch (error) {
    if (host.fault === undefined) {
      context.broker.log.error('log.read-failed', { topic, partition: asked.partitionIndex, error });
    }
    return failure(asked, host.fault ?? 'KAFKA_STORAGE_ERROR');
  }
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

/** The partitions that a request asks for more than once. */
function repeatedIn({ topics }: Request): ReadonlySet<string> {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const { name, partitions } of topics) {
    for (const { partitionIndex } of partitions) {
      const key = partitionKey(name, partitionIndex);
      if (seen.has(key)) repeated.add(key);
      seen.add(key);
    }
  }
  return repeated;
}
