import { apis, errorCode, type RequestOf, type ResponseDraftOf } from '@nagare/protocol';
import { FetchRead, type FetchTarget } from '../host/fetch-read.ts';
import type { RequestContext } from './context.ts';
import { defineHandler } from './define-handler.ts';

type Request = RequestOf<typeof apis.fetch>;
type Response = ResponseDraftOf<typeof apis.fetch>;

/**
 * Reads record batches. Without enough of them the request waits for `minBytes` or `maxWaitMs`, whichever comes first.
 * Every fetch is a full one: the session id 0 of the answer tells the client that no session was made (KIP-227).
 */
export const handleFetch = defineHandler(apis.fetch, {
  handle(request, context) {
    if (request.sessionEpoch !== sessionEpochs.initial && request.sessionEpoch !== sessionEpochs.final) {
      return { errorCode: errorCode.FETCH_SESSION_ID_NOT_FOUND, responses: [] };
    }
    const { settings, log } = context.broker;
    const bytesMax = Math.min(request.maxBytes, settings.fetchMaxBytes);
    context.connection.announce(bytesMax);
    const read = new FetchRead(targetsOf(request, context), {
      bytesMax,
      isReadCommitted: request.isolationLevel === 1,
      report: (error, { topic, index }) => log.error('log.read-failed', { topic, partition: index, error }),
    });
    // More than the most that may be answered never comes.
    const limits = { bytesMin: Math.min(request.minBytes, bytesMax), request, context };
    const first = read.run();
    if (first instanceof Promise) return first.then(() => complete(read, limits));
    return complete(read, limits);
  },
});

/** The epochs of a fetch that belongs to no session yet, or to none. */
const sessionEpochs = { initial: 0, final: -1 } as const;

interface Limits {
  readonly bytesMin: number;
  readonly request: Request;
  readonly context: RequestContext;
}

function complete(read: FetchRead, { bytesMin, request, context }: Limits): Response | Promise<Response> {
  if (read.bytes >= bytesMin || read.isFinal || request.maxWaitMs <= 0) return respond(read, request);
  return new Promise((resolve, reject) => {
    const answer = () => resolve(respond(read, request));
    const delayed = {
      tryComplete: () => read.rerun(bytesMin, answer, reject),
      expire: () => read.finish(answer, reject),
    };
    context.broker.purgatory.wait(delayed, read.partitions, request.maxWaitMs);
  });
}

/** From this version on, topics have ids instead of names. */
const firstVersionWithIds = 13;

function targetsOf(request: Request, { broker, version }: RequestContext): FetchTarget[] {
  const hasId = version >= firstVersionWithIds;
  return request.topics.flatMap(({ topic, topicId, partitions }) =>
    partitions.map((asked) => {
      const { partition: index } = asked;
      const partition = hasId ? broker.partitions.getById(topicId, index) : broker.partitions.get(topic, index);
      const isUnknownId = hasId && !broker.image().topicsById.has(topicId);
      return {
        asked,
        partition,
        missing: isUnknownId ? ('UNKNOWN_TOPIC_ID' as const) : ('UNKNOWN_TOPIC_OR_PARTITION' as const),
      };
    }),
  );
}

function respond(read: FetchRead, request: Request): Response {
  let next = 0;
  return {
    responses: request.topics.map(({ topic, topicId, partitions }) => ({
      topic,
      topicId,
      partitions: partitions.map(() => read.results[next++] as FetchRead['results'][number]),
    })),
  };
}
