import type { WorkerHandle, WorkerStart, Workers } from '@nagare/base';
import type { FromThread, ThreadData, ToThread } from '../workers/messages.ts';
import { plainError } from '../workers/plain-error.ts';

/** A thread that does and says what a test wants. */
export class FakeWorker implements WorkerHandle {
  readonly posted: ToThread[] = [];
  readonly #start: WorkerStart;
  isGone = false;

  constructor(start: WorkerStart) {
    this.#start = start;
  }

  get data(): ThreadData {
    return this.#start.data as ThreadData;
  }

  post(message: unknown): void {
    this.posted.push(structuredClone(message) as ToThread);
  }

  say(message: FromThread): void {
    this.#start.onMessage(structuredClone(message));
  }

  run(): void {
    this.say({ type: 'state', state: 'REBALANCING' });
    this.say({ type: 'started' });
    this.say({ type: 'state', state: 'RUNNING' });
  }

  fail(error: unknown): void {
    this.say({ type: 'failed', error: plainError(error) });
  }

  terminate(): void {
    queueMicrotask(() => this.end());
  }

  /** The last that is heard of it. */
  end(error?: unknown): void {
    if (this.isGone) return;
    this.isGone = true;
    this.#start.onEnd(error);
  }
}

/** Threads that a test plays. */
export class FakeWorkers implements Workers {
  readonly all: FakeWorker[] = [];

  start(options: WorkerStart): FakeWorker {
    const worker = new FakeWorker({ ...options, data: structuredClone(options.data) });
    this.all.push(worker);
    return worker;
  }

  /** The names of those that were started, in their order. */
  get names(): string[] {
    return this.all.map(({ data }) => data.thread.name);
  }
}
