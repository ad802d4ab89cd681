import { type apis, type ErrorName, errorCode, type RequestOf, type ResponseDraftOf } from '@nagare/protocol';
import {
  type FetchSession,
  hasRecords,
  nextSessionEpoch,
  type PartitionDirectory,
  type PartitionName,
  partitionNameKey,
  SessionPartition,
} from './fetch-session.ts';
import type { FetchSessionCache } from './fetch-session-cache.ts';
import type { PartitionData } from './fetch-target.ts';

type Request = RequestOf<typeof apis.fetch>;
type Response = ResponseDraftOf<typeof apis.fetch>;

/** What a Fetch request reads, and how its answer is told: as a whole, or as what has changed in a session. */
export interface FetchContext {
  readonly targets: readonly SessionPartition[];
  /** The answer out of what was read, in the order of the targets. */
  respond(results: readonly PartitionData[]): Response;
}

/** The epochs of a request that is whole: the first asks for a session, the last ends one. */
const epochs = { initial: 0, final: -1 } as const;

export interface FetchContextOptions {
  readonly cache: FetchSessionCache;
  readonly directory: PartitionDirectory;
  /** Whether requests of this version name topics by id. */
  readonly usesIds: boolean;
  readonly nowMs: () => number;
}

/** The context of a request; an error when its session is not there, or is at another epoch. */
export function openFetch(request: Request, options: FetchContextOptions): FetchContext | ErrorName {
  const { cache, directory, usesIds, nowMs } = options;
  const asked = askedPartitions(request, usesIds);
  const { sessionId, sessionEpoch } = request;
  if (sessionEpoch === epochs.initial || sessionEpoch === epochs.final) {
    cache.remove(sessionId);
    const targets = resolved(asked.values(), directory);
    return sessionEpoch === epochs.final ? wholeFetch(targets) : firstFetch(targets, asked, options);
  }
  const session = cache.get(sessionId);
  if (session === undefined) return 'FETCH_SESSION_ID_NOT_FOUND';
  if (session.epoch !== sessionEpoch) return 'INVALID_FETCH_SESSION_EPOCH';
  if (session.usesIds !== usesIds) return 'FETCH_SESSION_TOPIC_ID_ERROR';
  session.update(asked, forgottenPartitions(request));
  if (session.size === 0) {
    cache.remove(session.id);
    return wholeFetch(resolved(asked.values(), directory));
  }
  cache.touch(session, nowMs());
  session.epoch = nextSessionEpoch(session.epoch);
  return nextFetch(session, directory);
}

/** Each partition once; where it is asked for again, the later question counts. */
function askedPartitions({ topics }: Request, usesIds: boolean): Map<string, SessionPartition> {
  const asked = new Map<string, SessionPartition>();
  for (const { topic, topicId, partitions } of topics) {
    for (const partition of partitions) {
      const name = { topic, topicId, partition: partition.partition };
      const key = partitionNameKey(name, usesIds);
      const known = asked.get(key);
      if (known === undefined) asked.set(key, new SessionPartition(name, partition, usesIds));
      else known.asked = partition;
    }
  }
  return asked;
}

function forgottenPartitions({ forgottenTopicsData }: Request): PartitionName[] {
  return forgottenTopicsData.flatMap(({ topic, topicId, partitions }) =>
    partitions.map((partition) => ({ topic, topicId, partition })),
  );
}

/** Those that do not exist come last, as Kafka answers them. */
function resolved(partitions: Iterable<SessionPartition>, directory: PartitionDirectory): SessionPartition[] {
  const targets: SessionPartition[] = [];
  const missing: SessionPartition[] = [];
  for (const target of partitions) {
    target.resolve(directory);
    if (target.partition === undefined) missing.push(target);
    else targets.push(target);
  }
  return missing.length === 0 ? targets : [...targets, ...missing];
}

function wholeFetch(targets: readonly SessionPartition[]): FetchContext {
  return { targets, respond: (results) => ({ responses: byTopic(targets, results, () => true) }) };
}

/** Makes a session when it answers, for then it is known what the reader has been told. */
function firstFetch(
  targets: readonly SessionPartition[],
  partitions: ReadonlyMap<string, SessionPartition>,
  { cache, usesIds, nowMs }: FetchContextOptions,
): FetchContext {
  return {
    targets,
    respond(results) {
      const session = cache.create({ usesIds, nowMs: nowMs(), partitions });
      if (session !== undefined) {
        for (const [index, target] of targets.entries()) target.remember(results[index] as PartitionData);
      }
      return { sessionId: session?.id ?? 0, responses: byTopic(targets, results, () => true) };
    },
  };
}

function nextFetch(session: FetchSession, directory: PartitionDirectory): FetchContext {
  const targets = resolved(session.partitions(), directory);
  const { epoch, id: sessionId } = session;
  return {
    targets,
    respond(results) {
      // Another request of the session came while this one waited: the reader has given this one up.
      if (session.epoch !== epoch) {
        return { errorCode: errorCode.INVALID_FETCH_SESSION_EPOCH, sessionId, responses: [] };
      }
      const responses = byTopic(targets, results, (target, data) => target.isNews(data));
      for (const [index, target] of targets.entries()) {
        if (hasRecords(results[index] as PartitionData)) session.moveToEnd(target);
      }
      return { sessionId, responses };
    },
  };
}

/** Neighbours of one topic are told of together. */
function byTopic(
  targets: readonly SessionPartition[],
  results: readonly PartitionData[],
  isTold: (target: SessionPartition, data: PartitionData) => boolean,
): Response['responses'] {
  const responses: { topic: string; topicId: string; partitions: PartitionData[] }[] = [];
  let last: SessionPartition | undefined;
  for (const [index, target] of targets.entries()) {
    const data = results[index] as PartitionData;
    if (!isTold(target, data)) continue;
    const isSame = last !== undefined && last.topicId === target.topicId && last.topic === target.topic;
    if (isSame) responses.at(-1)?.partitions.push(data);
    else responses.push({ topic: target.topic, topicId: target.topicId, partitions: [data] });
    last = target;
  }
  return responses;
}
