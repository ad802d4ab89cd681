import type { RequestHeader } from '@nagare/protocol';
import type { RequestContext } from '../api/context.ts';
import type { Handler } from '../api/define-handler.ts';

/** The chunks of an answer, or undefined for a request that gets none. */
export type Answered = Buffer[] | undefined;

/** A request that was read, with what serves it. */
export interface Served {
  readonly handler: Handler;
  readonly header: RequestHeader;
  readonly request: object;
  readonly context: RequestContext;
}
