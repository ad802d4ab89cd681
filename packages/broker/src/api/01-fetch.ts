import { apis, errorCode, type RequestOf, type ResponseDraftOf } from '@nagare/protocol';
import { type FetchContext, openFetch } from '../host/fetch-context.ts';
import { FetchRead } from '../host/fetch-read.ts';
import type { PartitionDirectory } from '../host/fetch-session.ts';
import { WaitingFetch } from '../host/waiting-fetch.ts';
import type { BrokerServices, ConnectionContext, RequestContext } from './context.ts';
import { defineHandler } from './define-handler.ts';

type Request = RequestOf<typeof apis.fetch>;
type Response = ResponseDraftOf<typeof apis.fetch>;

/** From this version on, topics have ids instead of names. */
const firstVersionWithIds = 13;
/** From this version on, an answer can name the leader. */
const firstVersionWithLeaders = 16;

/**
 * Reads record batches, of the partitions of the request or of its session (KIP-227). Without enough of them the request
 * waits for `minBytes` or `maxWaitMs`, whichever comes first.
 */
export const handleFetch = defineHandler(apis.fetch, {
  handle(request, context) {
    const { broker, connection } = context;
    if (request.isolationLevel !== 0 && request.isolationLevel !== 1) return unknownIsolation(request);
    const bytesMax = connection.announce(Math.min(request.maxBytes, broker.settings.fetchMaxBytes));
    const isOfSession = request.sessionEpoch > 0;
    return isOfSession ? inTurn(request, context, bytesMax) : serve(request, context, bytesMax);
  },
});

/** Of each connection, the end of its last fetch of a session that waits. */
const lastOfSession = new WeakMap<ConnectionContext, Promise<void>>();

/** What a session has told decides what it tells next: its fetches are served one after the other. */
function inTurn(request: Request, context: RequestContext, bytesMax: number): Response | Promise<Response> {
  const { connection } = context;
  const before = lastOfSession.get(connection);
  const answer =
    before === undefined ? serve(request, context, bytesMax) : before.then(() => serve(request, context, bytesMax));
  if (!(answer instanceof Promise)) return answer;
  const free = () => {
    if (lastOfSession.get(connection) === ended) lastOfSession.delete(connection);
  };
  const ended: Promise<void> = answer.then(free, free);
  lastOfSession.set(connection, ended);
  return answer;
}

function serve(request: Request, context: RequestContext, bytesMax: number): Response | Promise<Response> {
  const { broker, version } = context;
  const fetch = openFetch(request, {
    cache: broker.fetchSessions,
    directory: directoryOf(broker),
    usesIds: version >= firstVersionWithIds,
    nowMs: () => broker.clock.nowMs(),
  });
  if (typeof fetch === 'string') return { errorCode: errorCode[fetch], responses: [] };
  const read = new FetchRead(fetch.targets, {
    bytesMax,
    isReadCommitted: request.isolationLevel === 1,
    isReplica: Math.max(request.replicaId, request.replicaState.replicaId) >= 0,
    leaderId: version >= firstVersionWithLeaders ? broker.nodeId : undefined,
    report: (error, { topic, index }) => broker.log.error('log.read-failed', { topic, partition: index, error }),
  });
  // More than the most that may be answered never comes.
  const waiting = { bytesMin: Math.min(request.minBytes, bytesMax), request, context, fetch };
  const first = read.run();
  if (first instanceof Promise) return first.then(() => complete(read, waiting));
  return complete(read, waiting);
}

interface Waiting {
  readonly bytesMin: number;
  readonly request: Request;
  readonly context: RequestContext;
  readonly fetch: FetchContext;
}

function complete(read: FetchRead, { bytesMin, request, context, fetch }: Waiting): Response | Promise<Response> {
  if (read.isEnough(bytesMin) || request.maxWaitMs <= 0) return fetch.respond(read.results);
  return new Promise((resolve, fail) => {
    const answer = () => resolve(fetch.respond(read.results));
    const { purgatory } = context.broker;
    WaitingFetch.begin({ read, bytesMin, purgatory, waitMs: request.maxWaitMs, answer, fail });
  });
}

/** Kafka's answer to an isolation level that there is not. */
function unknownIsolation({ topics }: Request): Response {
  const code = errorCode.UNKNOWN_SERVER_ERROR;
  return {
    errorCode: code,
    responses: topics.map(({ topic, topicId, partitions }) => ({
      ...{ topic, topicId },
      partitions: partitions.map(({ partition: partitionIndex }) => ({
        ...{ partitionIndex, errorCode: code, highWatermark: -1, abortedTransactions: [], records: [] },
      })),
    })),
  };
}

function directoryOf({ partitions, image }: BrokerServices): PartitionDirectory {
  return {
    get: (topic, index) => partitions.get(topic, index),
    getById: (topicId, index) => partitions.getById(topicId, index),
    nameOf: (topicId) => image().topicsById.get(topicId)?.name,
  };
}
