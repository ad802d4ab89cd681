import type { Api, ErrorName, RequestOf, ResponseDraftOf, VersionRange } from '@nagare/protocol';
import type { RequestContext } from './context.ts';

/**
 * Serves one API key: translates wire to domain and calls what decides. ApiVersions advertises what is registered, so a
 * key cannot be advertised without being served.
 */
export interface Handler<A extends Api = Api> {
  readonly api: A;
  /** The versions that ApiVersions advertises when they differ from those of the schema. */
  readonly advertised?: VersionRange;
  /** Answers now, later, or (undefined) never, as Produce with acks=0 does. */
  handle(
    request: RequestOf<A>,
    context: RequestContext,
  ): ResponseDraftOf<A> | undefined | Promise<ResponseDraftOf<A> | undefined>;
  /** The answer when the broker cannot act on the request: its log of metadata has failed, or it stops. */
  refuse?(request: RequestOf<A>, error: ErrorName, context: RequestContext): ResponseDraftOf<A>;
}

/** Describes the handler of an API key. */
export function defineHandler<A extends Api>(api: A, handler: Omit<Handler<A>, 'api'>): Handler {
  return Object.freeze({ api, ...handler }) as unknown as Handler;
}
