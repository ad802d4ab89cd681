import type { Clock, Log, Timers } from '@nagare/base';
import type { TopicPartition, TopicPartitionOffset } from '@nagare/client';
import type { OutputRecord } from '../core/output.ts';
import type { Task } from '../core/task.ts';
import type { CommitOffset } from '../core/task-commit.ts';
import type { AsyncCaller } from './async-caller.ts';
import type { Committer } from './committer.ts';
import type { GlobalTables } from './global-tables.ts';
import { memoryBounds } from './memory-bounds.ts';
import type { OutputProducer } from './output-producer.ts';
import type { OutputWriter } from './output-writer.ts';
import type { StreamsAdmin, StreamsConsumer } from './streams-client.ts';
import type { TaskSet } from './task-set.ts';

export interface StreamThreadOptions {
  readonly consumer: StreamsConsumer;
  readonly admin: StreamsAdmin;
  readonly tasks: TaskSet;
  readonly output: OutputProducer;
  readonly writer: OutputWriter;
  readonly committer: Committer;
  readonly globals: GlobalTables;
  /** Lets stores follow their changelogs, and says whether there may be more. */
  readonly changelogs: { update(): Promise<boolean> };
  /** Whether tasks are to do nothing. */
  readonly isPaused: () => boolean;
  readonly calls: AsyncCaller;
  /** Goes back to the last commit; throws what it was given when that does not help, and anything else when it may be tried again. */
  readonly recover: (error: unknown) => Promise<void>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly repartitionTopics: ReadonlySet<string>;
  readonly pollMs: number;
  readonly commitIntervalMs: number;
  readonly maxTaskIdleMs: number;
  readonly bufferedRecordsPerPartition: number;
  readonly uncommittedBytesMax: number;
  readonly repartitionPurgeIntervalMs: number;
  readonly signal: AbortSignal;
}

const recordsPerRound = 500;
const processMsMax = 50;
const commitRetryMs = 100;

/** How long to wait at most while tasks wait for their changelogs. */
const restorePollMs = 10;

/**
 * Polls, lets tasks process, and commits, one after the other, until it is stopped or fails.
 *
 * Rebalances happen inside a poll, so between two polls the tasks stay the same.
 */
export class StreamThread {
  readonly #options: StreamThreadOptions;
  readonly #paused = new Map<string, TopicPartition>();
  /** Bytes of store changes that may wait for a commit. */
  uncommittedBytesMax: number;
  #committedAtMs: number;
  #purgedAtMs: number;
  #isPurging = false;
  #haveChangelogsMore = false;
  /** Whether a commit waits for calls under way. */
  #isDraining = false;
  #hasPaused = false;
  /** Offsets of repartition topics that are committed, so that their records can be deleted. */
  readonly #purgeable = new Map<string, TopicPartitionOffset>();

  constructor(options: StreamThreadOptions) {
    this.#options = options;
    this.uncommittedBytesMax = options.uncommittedBytesMax;
    this.#committedAtMs = options.clock.monotonicMs();
    this.#purgedAtMs = this.#committedAtMs;
  }

  /** Runs until the signal aborts. @throws What a task or the client failed with. */
  async run(): Promise<void> {
    const { signal, timers } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#poll();
        await this.#options.globals.update();
        this.#haveChangelogsMore = await this.#options.changelogs.update();
        await this.#process();
        await this.#commitWhenDue();
      } catch (error) {
        await this.#recover(error);
      }
      // The client's sockets are served by the same event loop.
      await new Promise<void>((resolve) => timers.soon(resolve));
    }
  }

  /** Commits what tasks have done so far, but for those that have calls under way. False when it has to be tried again. */
  async commit(): Promise<boolean> {
    const { committer, tasks, clock, commitIntervalMs } = this.#options;
    this.#committedAtMs = clock.monotonicMs();
    this.#isDraining = false;
    for (const { calls } of tasks.tasks) calls.drain(false);
    const offsets = await committer.commit(tasks.tasks.filter(({ calls }) => calls.isIdle));
    if (offsets === undefined) {
      this.#committedAtMs += Math.min(commitRetryMs, commitIntervalMs) - commitIntervalMs;
      return false;
    }
    this.#notePurgeable(offsets);
    return true;
  }

  /** Goes back to the last commit, as often as that takes: what made the work fail may still be there. */
  async #recover(error: unknown): Promise<void> {
    const { signal, recover } = this.#options;
    for (let failure = error; ; ) {
      try {
        await recover(failure);
        return;
      } catch (next) {
        if (next === failure) throw next;
        if (signal.aborted) return;
        failure = next;
      }
    }
  }

  async #poll(): Promise<void> {
    const { consumer, tasks, output } = this.#options;
    const fetched = await this.#whileNothingEnds((signal) =>
      consumer.poll({ timeoutMs: this.#pollTimeoutMs(), bytesMax: memoryBounds.poll, signal }).catch((error) => {
        if (signal.aborted) return [];
        throw error;
      }),
    );
    for (const each of fetched) {
      tasks.deliver(each, output.isTransactional);
      this.#pauseWhenFull(each);
    }
  }

  /** Waits with a signal that aborts when the application stops, or as soon as a call that a task waits for has ended. */
  async #whileNothingEnds<T>(wait: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal, tasks, calls } = this.#options;
    if (tasks.tasks.every((task) => task.calls.isIdle)) return wait(signal);
    const ended = new AbortController();
    const end = () => ended.abort();
    const waiting = calls.onceEnded(end);
    signal.addEventListener('abort', end, { once: true });
    try {
      return await wait(ended.signal);
    } finally {
      waiting.cancel();
      signal.removeEventListener('abort', end);
    }
  }

  #pollTimeoutMs(): number {
    const { tasks, isPaused, commitIntervalMs, maxTaskIdleMs, clock } = this.#options;
    const pollMs = tasks.isRestoring ? Math.min(restorePollMs, this.#options.pollMs) : this.#options.pollMs;
    const nowMs = clock.monotonicMs();
    if (this.#haveChangelogsMore) return 0;
    // A commit that waits for calls is made when they have ended.
    const untilCommitMs = this.#isDraining ? pollMs : this.#committedAtMs + commitIntervalMs - nowMs;
    if (isPaused()) return Math.max(0, Math.min(pollMs, untilCommitMs));
    if (tasks.tasks.some((task) => task.isReady(nowMs, maxTaskIdleMs))) return 0;
    const untilWakeUpMs = Math.min(...tasks.tasks.map(({ wakeUpMs }) => wakeUpMs)) - clock.nowMs();
    return Math.max(0, Math.min(pollMs, untilCommitMs, untilWakeUpMs));
  }

  /** Lets tasks take turns, punctuators first, until none has anything to do, or it is time to poll again. */
  async #process(): Promise<void> {
    const { tasks, clock, consumer } = this.#options;
    if (this.#options.isPaused()) return this.#endCalls();
    if (this.#hasPaused) this.#takeInputAgain();
    const startMs = clock.monotonicMs();
    for (const task of tasks.tasks) {
      if (task.size > 0) task.noteLags((topic, partition) => consumer.lag({ topic, partition }));
    }
    let processed = 0;
    do {
      processed = 0;
      for (const task of tasks.tasks) {
        task.punctuate(clock.nowMs());
        processed += await this.#advance(task);
      }
    } while (processed > 0 && clock.monotonicMs() - startMs < processMsMax && !this.#isOverBound());
    this.#resumeDrained();
  }

  /** Lets results go on of calls that were made before tasks were paused: the next commit waits for them. */
  async #endCalls(): Promise<void> {
    this.#hasPaused = true;
    for (const task of this.#drain()) await this.#advance(task);
  }

  #takeInputAgain(): void {
    this.#hasPaused = false;
    this.#isDraining = false;
    for (const { calls } of this.#options.tasks.tasks) calls.drain(false);
  }

  /** Lets a task process for a while, makes the calls that it asks for, and returns how many records that were. */
  async #advance(task: Task): Promise<number> {
    const { clock, calls, maxTaskIdleMs } = this.#options;
    const processed = task.process(recordsPerRound, clock.monotonicMs(), maxTaskIdleMs);
    calls.start(task);
    await this.#write(task.takeOutputs());
    return processed;
  }

  /**
   * Lets the calls under way end and their results go on, and takes no records meanwhile.
   *
   * @param signal - Stops waiting.
   * @returns Whether all have ended, so that everything can be committed.
   */
  async settleCalls(signal: AbortSignal): Promise<boolean> {
    const { calls } = this.#options;
    for (let busy = this.#drain(); busy.length > 0; busy = this.#drain()) {
      let processed = 0;
      for (const task of busy) processed += await this.#advance(task);
      if (signal.aborted) return false;
      if (processed === 0 && busy.every((task) => !task.calls.hasResults)) await calls.nextEnd(signal);
    }
    return true;
  }

  /** Has tasks that call take no more records, and gives those whose calls have not all ended. What caches hold back may lead to calls. */
  #drain(): Task[] {
    const { tasks, calls } = this.#options;
    const busy: Task[] = [];
    for (const task of tasks.tasks) {
      if (!task.calls.isUsed) continue;
      task.calls.drain(true);
      if (task.calls.isIdle) task.flush();
      calls.start(task);
      if (!task.calls.isIdle) busy.push(task);
    }
    this.#isDraining = busy.length > 0;
    return busy;
  }

  async #write(outputs: readonly OutputRecord[]): Promise<void> {
    if (outputs.length === 0) return;
    await this.#options.output.begin();
    await this.#options.writer.write(outputs);
  }

  async #commitWhenDue(): Promise<void> {
    const { clock, commitIntervalMs, repartitionPurgeIntervalMs } = this.#options;
    const nowMs = clock.monotonicMs();
    const isDue = nowMs >= this.#committedAtMs + commitIntervalMs || this.#isOverBound();
    // Records before the mapping may have changed stores, so a part of what is under way cannot be committed: all of it ends first.
    if (isDue && this.#drain().length === 0) await this.commit();
    if (nowMs - this.#purgedAtMs >= repartitionPurgeIntervalMs) this.#purge(nowMs);
  }

  /** Whether more store changes wait than may be kept in memory. */
  #isOverBound(): boolean {
    let bytes = 0;
    for (const task of this.#options.tasks.tasks) bytes += task.uncommittedBytes;
    return bytes > this.uncommittedBytesMax;
  }

  #pauseWhenFull({ topic, partition }: TopicPartition): void {
    const { consumer, tasks, bufferedRecordsPerPartition } = this.#options;
    const waiting = tasks.taskOf({ topic, partition })?.sizeOf(topic) ?? 0;
    if (waiting <= bufferedRecordsPerPartition) return;
    consumer.pause([{ topic, partition }]);
    this.#paused.set(`${partition} ${topic}`, { topic, partition });
  }

  #resumeDrained(): void {
    const { consumer, tasks, bufferedRecordsPerPartition } = this.#options;
    for (const [name, at] of this.#paused) {
      const task = tasks.taskOf(at);
      if (task !== undefined && task.sizeOf(at.topic) > bufferedRecordsPerPartition) continue;
      this.#paused.delete(name);
      if (task !== undefined) consumer.resume([at]);
    }
  }

  #notePurgeable(offsets: readonly CommitOffset[]): void {
    for (const { topic, partition, offset } of offsets) {
      if (this.#options.repartitionTopics.has(topic))
        this.#purgeable.set(`${partition} ${topic}`, { topic, partition, offset });
    }
  }

  /** Deletes records of repartition topics that no one will read again. It runs beside the loop, and may fail. */
  #purge(nowMs: number): void {
    this.#purgedAtMs = nowMs;
    if (this.#isPurging || this.#purgeable.size === 0) return;
    const { admin, log } = this.#options;
    const partitions = [...this.#purgeable.values()];
    this.#purgeable.clear();
    this.#isPurging = true;
    admin
      .deleteRecords({ partitions })
      .catch((error: unknown) => log.warn('streams.purge-failed', { error }))
      .finally(() => {
        this.#isPurging = false;
      });
  }
}
