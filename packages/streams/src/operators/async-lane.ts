import type { ErrorHandler } from '../core/failures.ts';

/** How an asynchronous operator calls. */
export interface AsyncLaneOptions {
  /** How many calls run at a time in one task. */
  readonly concurrency: number;
  readonly timeoutMs: number;
  /** Whether results go on as they come, but for those of one key, or in the order of their records. */
  readonly order: 'key' | 'partition';
  /** Decides about a record whose call has failed. Undefined: the application's handler does. */
  readonly onError: ErrorHandler | undefined;
}

/** One call, and what is done with its result. */
export interface CallRequest<R> {
  /** Calls of the same key are made one after the other; undefined: at any time. */
  readonly key: unknown;
  /** The key of the record, for errors. */
  readonly recordKey: unknown;
  readonly call: (signal: AbortSignal) => PromiseLike<R> | R;
  /** Called while the task processes, as if the record had just come. */
  readonly finish: (result: R) => void;
}

/** Where an asynchronous operator has its calls made. */
export interface AsyncLane {
  add(request: CallRequest<unknown>): void;
}
