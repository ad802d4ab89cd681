import type { Timers } from '@nagare/base';
import type { AsyncCall, AsyncCalls, CallOutcome } from '../core/async-calls.ts';
import { StreamsError } from '../errors.ts';

/** What it needs to know of a task. */
type CallingTask = { readonly calls: AsyncCalls };

/** Makes the calls that tasks ask for, and tells them what came of each. */
export class AsyncCaller {
  readonly #timers: Timers;
  readonly #waiting = new Set<() => void>();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Makes the calls that a task wants made now. */
  start({ calls }: CallingTask): void {
    for (const call of calls.takeStarting()) this.#call(calls, call);
  }

  /** Calls `wake` once, as soon as a call has ended. */
  onceEnded(wake: () => void): { readonly cancel: () => void } {
    this.#waiting.add(wake);
    return { cancel: () => this.#waiting.delete(wake) };
  }

  /** Waits until a call has ended, or the signal aborts. */
  async nextEnd(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        ended.cancel();
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const ended = this.onceEnded(end);
      signal?.addEventListener('abort', end, { once: true });
    });
  }

  #call(calls: AsyncCalls, call: AsyncCall): void {
    const abort = new AbortController();
    const settle = (outcome: CallOutcome) => {
      timer.cancel();
      calls.settle(call, outcome);
      const waiting = [...this.#waiting];
      this.#waiting.clear();
      for (const wake of waiting) wake();
    };
    const timer = this.#timers.after(call.options.timeoutMs, () => {
      const error = timeoutError(call);
      settle({ error });
      abort.abort(error);
    });
    call.cancel = () => {
      timer.cancel();
      abort.abort(new StreamsError('NAGARE_STREAMS_NOT_RUNNING', `the task of ${call.node} has ended`));
    };
    // A function that throws at once has failed like one that rejects.
    new Promise((resolve) => resolve(call.request.call(abort.signal))).then(
      (value) => settle({ value }),
      (error: unknown) => settle({ error }),
    );
  }
}

function timeoutError({ node, request, options: { timeoutMs } }: AsyncCall): StreamsError {
  const detail = `${node} waited ${timeoutMs} ms for the key ${shown(request.recordKey)}`;
  return new StreamsError('NAGARE_STREAMS_CALL_TIMEOUT', detail);
}

function shown(key: unknown): string {
  if (typeof key !== 'object') return String(key);
  return JSON.stringify(key, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}
