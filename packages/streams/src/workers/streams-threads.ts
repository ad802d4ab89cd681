import type { Disk, Timers, Workers } from '@nagare/base';
import { nodePlatform, nodeWorkers } from '@nagare/base/node';
import type { StreamsState } from '../config.ts';
import { deferred, settled } from '../deferred.ts';
import { StreamsError } from '../errors.ts';
import type { CloseOptions } from '../streams.ts';
import type { ThreadClose } from './messages.ts';
import type { ThreadHandle, ThreadMetadata } from './thread-handle.ts';
import { leaving, threadName } from './thread-numbers.ts';
import { ThreadSet } from './thread-set.ts';
import {
  type DottedThreadsConfig,
  type ResolvedThreadsConfig,
  resolveThreadsConfig,
  type StreamsThreadsConfig,
  type UncaughtExceptionDecision,
} from './threads-config.ts';
import { stateOf } from './threads-state.ts';

/** What threads are made of. */
export interface ThreadsHost {
  readonly workers: Workers;
  readonly disk: Disk;
  readonly timers: Timers;
}

/** A thread that fails as soon as it has started is not to keep the machine busy. */
const replaceDelayMs = 500;
const closeMsDefault = 30_000;

/** What a thread runs, beside this file, compiled or not. */
const entry = new URL(
  new URL(import.meta.url).pathname.endsWith('.ts') ? 'thread-entry.ts' : 'thread-entry.js',
  import.meta.url,
);

/**
 * Runs a topology in several threads, which can be added and removed while it runs (KIP-663).
 *
 * Each thread loads the module for itself, runs an application of its own in its own event loop, and is a member of the group. A thread's
 * number decides its folder below `stateDir`: one that comes back finds its state.
 *
 * @example
 * ```ts
 * // counts.ts
 * export const topology = builder.build();
 *
 * // main.ts
 * const module = new URL('./counts.ts', import.meta.url);
 * await using threads = new StreamsThreads(module, { applicationId: 'shop', brokers: 'localhost:9092', numStreamThreads: 2 });
 * await threads.start();
 * await threads.addStreamThread();
 * await threads.finished;
 * ```
 */
export class StreamsThreads implements AsyncDisposable {
  readonly #config: ResolvedThreadsConfig;
  readonly #host: ThreadsHost;
  readonly #set: ThreadSet;
  readonly #finished = deferred();
  #state: StreamsState = 'CREATED';
  #failure: unknown;
  /** Threads that have failed and are to come back. */
  #returning = 0;

  /**
   * @param module - What the threads run: a module that exports what {@link StreamsThreadModule} says.
   * @param config - The configuration, by TypeScript's or Kafka's names.
   * @param host - What threads are made of. Default: Node's.
   * @throws {StreamsError} `NAGARE_STREAMS_CONFIG`, naming the setting.
   * @throws {TypeError} When the module is no absolute URL.
   */
  constructor(
    module: URL | string,
    config: StreamsThreadsConfig | DottedThreadsConfig,
    host: ThreadsHost = { ...nodePlatform(), workers: nodeWorkers },
  ) {
    this.#config = resolveThreadsConfig(config);
    this.#host = host;
    this.#set = new ThreadSet({
      ...{ entry, module: new URL(module), config: this.#config },
      ...{ workers: host.workers, disk: host.disk, timers: host.timers },
      isOpen: () => this.#isOpen,
      onState: () => this.#update(),
      onEnd: (thread, failure) => this.#ended(thread, failure),
    });
  }

  /** As of one application: it is running when all its threads are. */
  get state(): StreamsState {
    return this.#state;
  }

  /** Resolves when it was closed; rejects with what it failed with. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  /**
   * Starts the threads, and resolves when their applications have started.
   *
   * @throws {StreamsError} `NAGARE_STREAMS_THREAD_FAILED`, whose cause is what a thread failed with; all are ended then.
   */
  async start(): Promise<void> {
    if (this.#state !== 'CREATED') throw new StreamsError('NAGARE_STREAMS_NOT_RUNNING', 'start() works once');
    this.#become('REBALANCING');
    try {
      // The first one makes the application's topics, and tells what is wrong with the topology once.
      await (await this.#set.launch()).started;
      const others = Array.from({ length: this.#config.numStreamThreads - 1 }, () => this.#set.launch());
      await Promise.all(others.map(async (launched) => (await launched).started));
    } catch (error) {
      await this.#shutDown(error);
      throw error;
    }
  }

  /**
   * Adds a thread; the group gives it its share of the tasks, and it its share of the memory.
   *
   * @returns Its name, when its application has started.
   * @throws {StreamsError} `NAGARE_STREAMS_NOT_RUNNING`, or `NAGARE_STREAMS_THREAD_FAILED`; the other threads go on.
   */
  async addStreamThread(): Promise<string> {
    this.#checkOpen();
    const thread = await this.#set.launch();
    await thread.started;
    return thread.info.name;
  }

  /**
   * Removes the thread with the highest number: it commits what it has processed and leaves the group, so that others go on from there,
   * also when it is a static member.
   *
   * @param options.timeoutMs - How long calls of `mapAsync` are waited for. A thread that has not ended ten seconds later is ended in the
   * middle of what it does, which others then do again from its last commit. Default: 30,000.
   * @param options.signal - Stops waiting; the thread goes on to end.
   * @returns Its name, when it is gone; undefined when there is none.
   * @throws {StreamsError} `NAGARE_STREAMS_NOT_RUNNING`.
   */
  async removeStreamThread(options: Omit<CloseOptions, 'leaveGroup'> = {}): Promise<string | undefined> {
    this.#checkOpen();
    const { timeoutMs = closeMsDefault, signal } = options;
    const thread = leaving(this.#set.threads.filter(({ isStopping }) => !isStopping));
    if (thread !== undefined) await settled(thread.stop({ timeoutMs, leaveGroup: true }), signal);
    return thread?.info.name;
  }

  /** Lets no thread take records until {@link resume} is called, nor one that is added meanwhile (KIP-834). */
  pause(): void {
    this.#set.isPaused = true;
  }

  /** Lets threads go on that {@link pause} has stopped. */
  resume(): void {
    this.#set.isPaused = false;
  }

  get isPaused(): boolean {
    return this.#set.isPaused;
  }

  /** What each thread is doing. One that is busy with a long function is told of as it was when it last answered. */
  metadataForLocalThreads(): Promise<readonly ThreadMetadata[]> {
    return Promise.all(this.#set.threads.map((thread) => thread.describe()));
  }

  /**
   * Has all threads commit, leave the group and end. Further calls wait for the same end.
   *
   * @param options.timeoutMs - As in {@link removeStreamThread}. Default: 30,000.
   * @param options.signal - Stops waiting; the closing goes on.
   * @param options.leaveGroup - Static members leave as well. Default: false.
   */
  async close({ signal, timeoutMs = closeMsDefault, leaveGroup = false }: CloseOptions = {}): Promise<void> {
    if (this.#state === 'CREATED') this.#finish();
    if (this.#isOpen) {
      this.#become('PENDING_SHUTDOWN');
      void this.#stop({ timeoutMs, leaveGroup });
    }
    await settled(this.#finished.promise, signal);
  }

  /** Removes the local state of all threads. The application must not run, in this or another process of the machine. */
  async cleanUp(): Promise<void> {
    if (this.#state !== 'CREATED' && this.#state !== 'NOT_RUNNING' && this.#state !== 'ERROR') {
      throw new TypeError(`cleanUp() needs an application that does not run; it is ${this.#state}`);
    }
    const { applicationId, stateDir } = this.#config;
    const { disk } = this.#host;
    if (stateDir === undefined || (await disk.stat(stateDir)) === undefined) return;
    for (const name of await disk.list(stateDir)) {
      const number = Number(name.slice(name.lastIndexOf('-') + 1));
      if (name === threadName(applicationId, number)) await disk.removeDirectory(`${stateDir}/${name}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #isOpen(): boolean {
    return this.#state === 'RUNNING' || this.#state === 'REBALANCING';
  }

  #checkOpen(): void {
    if (!this.#isOpen) throw new StreamsError('NAGARE_STREAMS_NOT_RUNNING', `it is ${this.#state}`);
  }

  #ended(thread: ThreadHandle, failure: StreamsError | undefined): void {
    if (failure !== undefined) {
      this.#config.log.error('streams.thread-failed', { thread: thread.info.name, error: failure });
      // Who waits for a start is told, and whoever removes a thread wants no other in its place.
      if (!this.#isOpen) this.#failure ??= failure;
      else if (thread.hasStarted && !thread.isStopping) this.#decide(failure, thread);
    }
    this.#update();
  }

  #decide(failure: StreamsError, thread: ThreadHandle): void {
    const decision = this.#decisionAbout(failure, thread);
    switch (decision) {
      case 'replace-thread':
        this.#returning += 1;
        this.#host.timers.after(replaceDelayMs, () => void this.#replace(thread));
        return;
      case 'shutdown-client':
        void this.#shutDown(failure);
        return;
    }
  }

  #decisionAbout(failure: StreamsError, thread: ThreadHandle): UncaughtExceptionDecision {
    try {
      return this.#config.decide(failure, thread.info);
    } catch (error) {
      this.#config.log.error('streams.handler-failed', { error });
      return 'shutdown-client';
    }
  }

  /** Starts a thread in place of one that has failed, with its number and so with its state. */
  async #replace(failed: ThreadHandle): Promise<void> {
    try {
      if (this.#isOpen) await (await this.#set.launch(failed.number)).started;
    } catch (error) {
      const isFailure = error instanceof StreamsError && error.code === 'NAGARE_STREAMS_THREAD_FAILED';
      if (this.#isOpen && isFailure) this.#decide(error, failed);
      else if (this.#isOpen) void this.#shutDown(error);
    } finally {
      this.#returning -= 1;
      this.#update();
    }
  }

  async #shutDown(error: unknown): Promise<void> {
    if (!this.#isOpen) return;
    this.#failure = error;
    this.#become('PENDING_ERROR');
    await this.#stop({ timeoutMs: closeMsDefault, leaveGroup: false });
  }

  async #stop(options: ThreadClose): Promise<void> {
    await this.#set.stopAll(options);
    this.#finish();
  }

  #finish(): void {
    if (this.#failure === undefined) {
      this.#become('NOT_RUNNING');
      this.#finished.resolve();
    } else {
      this.#become('PENDING_ERROR');
      this.#become('ERROR');
      this.#finished.reject(this.#failure);
    }
  }

  #update(): void {
    if (!this.#isOpen) return;
    const returning = Array.from({ length: this.#returning }, () => 'CREATED' as const);
    this.#become(stateOf([...this.#set.threads.map(({ state }) => state), ...returning]));
  }

  #become(next: StreamsState): void {
    const before = this.#state;
    if (next === before) return;
    this.#state = next;
    this.#config.log.info('streams.state', { applicationId: this.#config.applicationId, before, now: next });
    this.#config.stateListener(next, before);
  }
}
