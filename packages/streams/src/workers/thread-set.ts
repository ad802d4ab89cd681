import { type Disk, DiskError, type DiskLock, type Timers, type Workers } from '@nagare/base';
import { StreamsError } from '../errors.ts';
import { shareOf } from './memory-share.ts';
import type { ThreadClose, ThreadData } from './messages.ts';
import { ThreadHandle } from './thread-handle.ts';
import { freeNumber, threadName } from './thread-numbers.ts';
import type { ResolvedThreadsConfig } from './threads-config.ts';

export interface ThreadSetOptions {
  /** What a thread runs, and the application's module that it is to load. */
  readonly entry: URL;
  readonly module: URL;
  readonly config: ResolvedThreadsConfig;
  readonly workers: Workers;
  readonly disk: Disk;
  readonly timers: Timers;
  /** Whether there may be new threads. */
  readonly isOpen: () => boolean;
  readonly onState: () => void;
  /** A thread is gone, and its number and its memory are free. With why, unless it was told to end. */
  readonly onEnd: (thread: ThreadHandle, failure: StreamsError | undefined) => void;
}

interface Claim {
  readonly number: number;
  readonly lock: DiskLock;
}

const noLock: DiskLock = { release: async () => undefined };

/** The threads of an application: their numbers, their folders, and what memory each may take. */
export class ThreadSet {
  readonly #options: ThreadSetOptions;
  readonly #taken = new Set<number>();
  readonly #threads = new Map<number, ThreadHandle>();
  #isPaused = false;

  constructor(options: ThreadSetOptions) {
    this.#options = options;
  }

  get threads(): readonly ThreadHandle[] {
    return [...this.#threads.values()];
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Has all threads pause or go on, and those that come. */
  set isPaused(isPaused: boolean) {
    this.#isPaused = isPaused;
    for (const thread of this.#threads.values()) thread.pause(isPaused);
  }

  /**
   * Starts a thread.
   *
   * @param wanted - The number that it is to have, if that is free.
   * @throws {StreamsError} `NAGARE_STREAMS_NOT_RUNNING` when the application is being closed.
   */
  async launch(wanted?: number): Promise<ThreadHandle> {
    const { entry, module, config, workers, timers, onState } = this.#options;
    const { number, lock } = await this.#claim(wanted);
    const info = { name: threadName(config.applicationId, number), number };
    const limits = shareOf(config.limits, this.#threads.size + 1);
    const data: ThreadData = { thread: info, module: module.href, settings: config.settingsOf(info, limits) };
    const execution = config.execArgv === undefined ? {} : { execArgv: config.execArgv };
    const thread = new ThreadHandle({
      ...{ info, limits, timers, onState, log: config.log },
      start: (hooks) => workers.start({ module: entry, data, name: info.name, ...execution, ...hooks }),
      onEnd: (ended, failure) => this.#end(ended, failure, lock),
    });
    this.#threads.set(number, thread);
    this.#share();
    if (this.#isPaused) thread.pause(true);
    config.log.info('streams.thread-started', { thread: info.name });
    onState();
    return thread;
  }

  async stopAll(options: ThreadClose): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.stop(options)));
  }

  async #end(thread: ThreadHandle, failure: StreamsError | undefined, lock: DiskLock): Promise<void> {
    const { log } = this.#options.config;
    const { number, name } = thread.info;
    this.#threads.delete(number);
    this.#share();
    await lock
      .release()
      .catch((error: unknown) => log.warn('streams.close-failed', { what: 'release the folder', error }));
    this.#taken.delete(number);
    log.info('streams.thread-ended', { thread: name });
    this.#options.onEnd(thread, failure);
  }

  /** Takes a number, and with it the folder of that name: another process that keeps its state in the same place has others. */
  async #claim(wanted: number | undefined): Promise<Claim> {
    const tried: number[] = [];
    try {
      for (;;) {
        const number = freeNumber(this.#taken, wanted);
        this.#taken.add(number);
        tried.push(number);
        const lock = await this.#lockFolder(number);
        if (lock === undefined) continue;
        if (!this.#options.isOpen()) {
          await lock.release();
          throw new StreamsError('NAGARE_STREAMS_NOT_RUNNING', 'it was closed');
        }
        tried.pop();
        return { number, lock };
      }
    } finally {
      for (const number of tried) this.#taken.delete(number);
    }
  }

  /** A lock on the folder of a thread; undefined when another process has it. */
  async #lockFolder(number: number): Promise<DiskLock | undefined> {
    const { config, disk } = this.#options;
    const { applicationId, stateDir } = config;
    if (stateDir === undefined) return noLock;
    await disk.makeDirectory(stateDir);
    try {
      return await disk.lock(`${stateDir}/${threadName(applicationId, number)}.lock`);
    } catch (error) {
      if (error instanceof DiskError && error.code === 'EEXIST') return undefined;
      throw error;
    }
  }

  /** Divides the memory anew: as in Kafka Streams, threads that come or go change what the others may take. */
  #share(): void {
    const share = shareOf(this.#options.config.limits, this.#threads.size);
    for (const thread of this.#threads.values()) thread.limit(share);
  }
}
