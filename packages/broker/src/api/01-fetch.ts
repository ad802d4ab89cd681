import { apis, errorCode, type RequestOf, type ResponseDraftOf, zeroUuid } from '@nagare/protocol';
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
    if (request.sessionId !== 0 && request.sessionEpoch > 0) {
      return { errorCode: errorCode.FETCH_SESSION_ID_NOT_FOUND, responses: [] };
    }
    const read = new FetchRead(targetsOf(request, context), {
      bytesMax: Math.min(request.maxBytes, context.broker.settings.fetchMaxBytes),
      isReadCommitted: request.isolationLevel === 1,
    });
    const first = read.run();
    if (first instanceof Promise) return first.then(() => complete(read, request, context));
    return complete(read, request, context);
  },
});

function complete(read: FetchRead, request: Request, context: RequestContext): Response | Promise<Response> {
  if (read.bytes >= request.minBytes || read.isFinal || request.maxWaitMs <= 0) return respond(read, request);
  return new Promise((resolve, reject) => {
    const answer = () => resolve(respond(read, request));
    const delayed = {
      tryComplete: () => read.rerun(request.minBytes, answer, reject),
      expire: () => read.finish(answer, reject),
    };
    context.broker.purgatory.wait(delayed, read.partitions, request.maxWaitMs);
  });
}

function targetsOf(request: Request, { broker }: RequestContext): FetchTarget[] {
  return request.topics.flatMap(({ topic, topicId, partitions }) =>
    partitions.map((asked) => {
      const hasId = topicId !== zeroUuid;
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
