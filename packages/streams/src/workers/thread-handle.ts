import type { Log, Timer, Timers, WorkerHandle, WorkerStart } from '@nagare/base';
import type { StreamsState } from '../config.ts';
import { deferred } from '../deferred.ts';
import { StreamsError } from '../errors.ts';
import type { MemoryLimits } from '../host/memory-limits.ts';
import type { FromThread, ThreadClose, ThreadInfo, ThreadTasks, ToThread } from './messages.ts';
import { errorOf, plainError } from './plain-error.ts';

/** What one thread of an application is doing (KIP-130). */
export interface ThreadMetadata {
  /** `<application>-StreamThread-<number>`. */
  readonly threadName: string;
  readonly threadState: StreamsState;
  /** As `<sub-topology>_<partition>`. */
  readonly activeTasks: readonly string[];
  /** The tasks whose state it keeps for others, or before it takes them over. */
  readonly standbyTasks: readonly string[];
  /** Where it answers queries, if it does. */
  readonly server: string | undefined;
}

export interface ThreadOptions {
  readonly info: ThreadInfo;
  readonly limits: MemoryLimits;
  readonly timers: Timers;
  readonly log: Log;
  /** Starts the worker. */
  readonly start: (hooks: Pick<WorkerStart, 'onMessage' | 'onEnd'>) => WorkerHandle;
  readonly onState: () => void;
  /** The thread is gone. With why, unless it was told to end. */
  readonly onEnd: (thread: ThreadHandle, failure: StreamsError | undefined) => Promise<void>;
}

/** What a thread that is told to end gets beyond the time that its calls may take, to commit and to close; then it is ended. */
const closeGraceMs = 10_000;

/** A thread in the middle of a long function answers late: then it has what it had. */
const describeMsMax = 1_000;

/** One thread of an application, from outside. */
export class ThreadHandle {
  readonly info: ThreadInfo;
  readonly #options: ThreadOptions;
  readonly #worker: WorkerHandle;
  readonly #started = deferred();
  readonly #ended = deferred();
  readonly #asked: (() => void)[] = [];
  #state: StreamsState = 'CREATED';
  #tasks: ThreadTasks = { active: [], standby: [], server: undefined };
  #limits: MemoryLimits;
  #hasStarted = false;
  #isStopping = false;
  /** Whether its end, whatever it was like, is what was wanted. */
  #mayEnd = false;
  #failure: unknown;
  #overdue: Timer | undefined;

  constructor(options: ThreadOptions) {
    this.info = options.info;
    this.#options = options;
    this.#limits = options.limits;
    this.#worker = options.start({
      onMessage: (message) => this.#hear(message as FromThread),
      onEnd: (error) => this.#end(error),
    });
  }

  get number(): number {
    return this.info.number;
  }

  get state(): StreamsState {
    return this.#state;
  }

  /** Whether it is told to end. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  get hasStarted(): boolean {
    return this.#hasStarted;
  }

  /** Resolves when its application has started. @throws {StreamsError} What it failed with before, or that it was told to end. */
  get started(): Promise<void> {
    return this.#started.promise;
  }

  /** Has it commit, leave the group and end; resolves when it is gone. */
  stop(options: ThreadClose): Promise<void> {
    if (!this.#isStopping) {
      this.#isStopping = true;
      this.#post({ type: 'close', options });
      this.#overdue = this.#options.timers.after(options.timeoutMs + closeGraceMs, () => this.#giveUp());
    }
    return this.#ended.promise;
  }

  limit(limits: MemoryLimits): void {
    const { cacheBytesMax, uncommittedBytesMax } = limits;
    if (cacheBytesMax === this.#limits.cacheBytesMax && uncommittedBytesMax === this.#limits.uncommittedBytesMax)
      return;
    this.#limits = limits;
    this.#post({ type: 'limits', limits });
  }

  pause(isPaused: boolean): void {
    this.#post({ type: isPaused ? 'pause' : 'resume' });
  }

  async describe(): Promise<ThreadMetadata> {
    const answered = deferred();
    const timer = this.#options.timers.after(describeMsMax, answered.resolve);
    this.#asked.push(answered.resolve);
    this.#post({ type: 'describe' });
    await answered.promise;
    timer.cancel();
    const { active, standby, server } = this.#tasks;
    return {
      threadName: this.info.name,
      threadState: this.#state,
      activeTasks: active,
      standbyTasks: standby,
      server,
    };
  }

  #post(message: ToThread): void {
    this.#worker.post(message);
  }

  #hear(message: FromThread): void {
    switch (message.type) {
      case 'started':
        this.#hasStarted = true;
        this.#started.resolve();
        return;
      case 'state':
        this.#become(message.state);
        return;
      case 'tasks':
        this.#tasks = message.tasks;
        this.#answer();
        return;
      case 'ended':
        this.#mayEnd = true;
        this.#worker.terminate();
        return;
      case 'failed':
        this.#failure = errorOf(message.error);
        this.#worker.terminate();
        return;
    }
  }

  #giveUp(): void {
    this.#options.log.warn('streams.thread-terminated', { thread: this.info.name });
    this.#mayEnd = true;
    this.#worker.terminate();
  }

  #end(error: unknown): void {
    this.#overdue?.cancel();
    const failure = this.#failureOf(error);
    this.#tasks = { active: [], standby: [], server: undefined };
    this.#answer();
    this.#become(failure === undefined ? 'NOT_RUNNING' : 'ERROR');
    const reason = failure ?? new StreamsError('NAGARE_STREAMS_NOT_RUNNING', `${this.info.name} was told to end`);
    this.#started.reject(reason);
    this.#options.onEnd(this, failure).then(this.#ended.resolve, this.#ended.reject);
  }

  #failureOf(uncaught: unknown): StreamsError | undefined {
    if (this.#failure === undefined && uncaught === undefined && this.#mayEnd) return undefined;
    const cause = this.#failure ?? uncaught ?? new Error('it ended without being told to');
    const { message } = plainError(cause);
    return new StreamsError('NAGARE_STREAMS_THREAD_FAILED', `${this.info.name}: ${message}`, { cause });
  }

  #answer(): void {
    for (const answer of this.#asked.splice(0)) answer();
  }

  #become(state: StreamsState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onState();
  }
}
