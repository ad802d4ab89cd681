import type { Clock, Log } from '@nagare/base';
import { ClientError, type TopicPartition } from '@nagare/client';
import type { TaskStore } from '../core/task.ts';
import type { ChangelogBatch, ChangelogReader, Followed } from './changelog-reader.ts';
import { type CheckOptions, checkPositions } from './changelogs.ts';
import { type StateRestoreListener, type StoreChangelog, tell } from './store-listeners.ts';

const retryMs = 1_000;

export interface RestoringTasksOptions {
  readonly reader: ChangelogReader;
  readonly admin: CheckOptions['admin'];
  /** Opens an empty store in place of one that cannot be trusted. */
  readonly reopen: (store: TaskStore, task: RestorableTask) => Promise<TaskStore>;
  readonly listener: StateRestoreListener;
  readonly clock: Clock;
  readonly log: Log;
}

/** What is to be known of a task whose stores are restored. */
export interface RestorableTask {
  readonly id: string;
  readonly partition: number;
  /** The partitions that it reads when it runs. */
  readonly own: readonly TopicPartition[];
  /** One that its changelog shows to be wrong is replaced in place. */
  readonly stores: TaskStore[];
}

interface Restore<T> {
  readonly task: T;
  /** Where its changelogs end for it; undefined where that has to be asked anew. */
  ends: ReadonlyMap<string, number> | undefined;
  followed: Followed | undefined;
  /** How many records the stores have got that are not complete. */
  readonly open: Map<TaskStore, number>;
  records: number;
}

/**
 * Tasks that are assigned and lack state: their stores are brought to the ends of their changelogs, all of them at a time, while other
 * tasks run.
 *
 * The end is that of all records when the task was assigned, after its committed offsets were read: what a transaction has written
 * that is still ending is waited for, for it may be committed.
 */
export class RestoringTasks<T extends RestorableTask> {
  readonly #options: RestoringTasksOptions;
  readonly #restores = new Map<string, Restore<T>>();
  #checkAtMs = 0;

  constructor(options: RestoringTasksOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#restores.size;
  }

  get tasks(): T[] {
    return Array.from(this.#restores.values(), ({ task }) => task);
  }

  /** How many changelog records each lacks; infinity where that has to be asked anew. */
  get lags(): ReadonlyMap<string, number> {
    return new Map(
      Array.from(this.#restores.values(), ({ task, ends }) => [
        task.id,
        ends === undefined ? Number.POSITIVE_INFINITY : lackOf(task.stores, ends),
      ]),
    );
  }

  has(taskId: string): boolean {
    return this.#restores.has(taskId);
  }

  /** @param ends - Where the changelogs of its stores end for it. */
  add(task: T, ends: ReadonlyMap<string, number>): void {
    const restore: Restore<T> = { task, ends, followed: undefined, open: new Map(), records: 0 };
    this.#restores.set(task.id, restore);
    this.#follow(restore, ends);
  }

  /** Gives a task up, with its stores as far as they have come. */
  remove(task: T): void {
    const restore = this.#restores.get(task.id);
    if (restore === undefined) return;
    this.#restores.delete(task.id);
    this.#unfollow(restore);
  }

  /** Gives the tasks up that lack nothing any more. */
  takeRestored(): T[] {
    const done = [...this.#restores.values()].filter(
      ({ task, ends }) => ends !== undefined && lackOf(task.stores, ends) === 0,
    );
    for (const { task, records } of done) {
      if (task.stores.length > 0) this.#options.log.info('streams.restored', { taskId: task.id, records });
      this.remove(task);
    }
    return done.map(({ task }) => task);
  }

  /** Looks anew where the changelogs are that have lost what a store was to read next. */
  async update(): Promise<void> {
    const { clock, log } = this.#options;
    if (clock.monotonicMs() < this.#checkAtMs) return;
    for (const restore of this.#restores.values()) {
      if (restore.ends !== undefined) continue;
      try {
        await this.#check(restore);
      } catch (error) {
        if (!(error instanceof ClientError && error.retriable)) throw error;
        log.warn('streams.restore-failed', { taskId: restore.task.id, error });
        this.#checkAtMs = clock.monotonicMs() + retryMs;
      }
    }
  }

  async #check(restore: Restore<T>): Promise<void> {
    const { task } = restore;
    const reopen = (store: TaskStore) => this.#options.reopen(store, task);
    const ends = await checkPositions(task.stores, task.partition, { admin: this.#options.admin, reopen });
    restore.ends = ends;
    this.#follow(restore, ends);
  }

  #follow(restore: Restore<T>, ends: ReadonlyMap<string, number>): void {
    const { partition, stores } = restore.task;
    const lacking = stores.filter((store) => lackOf([store], ends) > 0);
    for (const store of lacking) {
      restore.open.set(store, 0);
      const [startOffset, endOffset] = [store.buffer.store.position ?? 0, ends.get(store.changelogTopic) ?? 0];
      this.#tell(restore, store, (listener, at) => listener.onRestoreStart?.({ ...at, startOffset, endOffset }));
    }
    if (lacking.length === 0) return;
    restore.followed = {
      ...{ partition, stores: lacking },
      onBatch: (store, batch) => this.#note(restore, store, batch),
      onGap: () => this.#beginAnew(restore),
    };
    this.#options.reader.follow(restore.followed);
  }

  #unfollow(restore: Restore<T>): void {
    if (restore.followed !== undefined) this.#options.reader.leave(restore.followed);
    restore.followed = undefined;
    for (const [store, totalRestored] of restore.open) {
      this.#tell(restore, store, (listener, at) => listener.onRestoreSuspended?.({ ...at, totalRestored }));
    }
    restore.open.clear();
  }

  #beginAnew(restore: Restore<T>): void {
    this.#unfollow(restore);
    restore.ends = undefined;
  }

  #note(restore: Restore<T>, store: TaskStore, { records: numRestored, nextOffset }: ChangelogBatch): void {
    const before = restore.open.get(store);
    if (before === undefined) return;
    const totalRestored = before + numRestored;
    restore.open.set(store, totalRestored);
    restore.records += numRestored;
    const batchEndOffset = nextOffset - 1;
    this.#tell(restore, store, (listener, at) => listener.onBatchRestored?.({ ...at, batchEndOffset, numRestored }));
    if (nextOffset < (restore.ends?.get(store.changelogTopic) ?? 0)) return;
    restore.open.delete(store);
    this.#tell(restore, store, (listener, at) => listener.onRestoreEnd?.({ ...at, totalRestored }));
  }

  #tell(
    { task }: Restore<T>,
    { spec, changelogTopic: topic }: TaskStore,
    call: (listener: StateRestoreListener, at: StoreChangelog) => void,
  ): void {
    const { log, listener } = this.#options;
    tell(log, () => call(listener, { taskId: task.id, store: spec.name, topic, partition: task.partition }));
  }
}

/** How many records stores lack of their changelogs' ends. */
export function lackOf(stores: readonly TaskStore[], ends: ReadonlyMap<string, number>): number {
  return stores.reduce((sum, { spec, changelogTopic, buffer }) => {
    if (!spec.logged) return sum;
    return sum + Math.max(0, (ends.get(changelogTopic) ?? 0) - (buffer.store.position ?? 0));
  }, 0);
}
