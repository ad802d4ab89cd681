import type { Clock, Log } from '@nagare/base';
import { ClientError } from '@nagare/client';
import type { TaskStore } from '../core/task.ts';
import { parseTaskId } from '../core/task-id.ts';
import type { StoreSpec } from '../state/store-spec.ts';
import { WriteBuffer } from '../state/write-buffer.ts';
import type { SubTopology } from '../topology/topology.ts';
import type { ChangelogReader, Followed } from './changelog-reader.ts';
import { checkPositions } from './changelogs.ts';
import { closeStores } from './close-stores.ts';
import type { StateDirectory } from './state-directory.ts';
import { type StandbyUpdateListener, type StoreChangelog, tell } from './store-listeners.ts';
import type { StreamsAdmin } from './streams-client.ts';

const retryMs = 1_000;

export interface StandbyTasksOptions {
  readonly subTopologies: readonly SubTopology[];
  readonly directory: StateDirectory;
  readonly admin: StreamsAdmin;
  readonly reader: ChangelogReader;
  readonly listener: StandbyUpdateListener;
  readonly clock: Clock;
  readonly log: Log;
}

/** What is to be known of a task whose stores are taken over. */
export interface AdoptableTask {
  readonly id: string;
  readonly partition: number;
  readonly stores: readonly TaskStore[];
}

/** The state of a task that does not run here. */
interface Kept {
  readonly taskId: string;
  readonly partition: number;
  /** Those with a changelog. */
  readonly stores: TaskStore[];
  /** Where the changelogs ended when the stores were checked against them; undefined before that. */
  ends: ReadonlyMap<string, number> | undefined;
  /** Set while the changelogs are read. */
  followed: Followed | undefined;
}

/**
 * The stores of tasks that do not run here: standbys, which follow their changelogs, and those of tasks that have just gone
 * or may come.
 *
 * Stores are opened and closed beside the loop that calls {@link update}, and read within it.
 */
export class StandbyTasks {
  readonly #options: StandbyTasksOptions;
  readonly #kept = new Map<string, Kept>();
  /** How far the state reaches that lies closed on disk. */
  readonly #closedPositions = new Map<string, number>();
  #wanted: ReadonlySet<string> | undefined;
  #work: Promise<void> | undefined;
  /** Whether there may be something to open or to close. */
  #isDirty = false;
  /** Whether there may be something that is checked and not read yet. */
  #hasChecked = false;
  #failure: { readonly error: unknown } | undefined;
  #workAtMs = 0;

  constructor(options: StandbyTasksOptions) {
    this.#options = options;
  }

  /** Opens what tasks have left on disk, so that the group learns how far it reaches. It is kept until {@link want} is called. */
  async takeStock(): Promise<void> {
    const { directory } = this.#options;
    for (const taskId of await directory.taskIds()) {
      const stores = await this.#open(taskId);
      if (stores !== undefined) this.adopt({ id: taskId, partition: partitionOf(taskId), stores });
    }
  }

  /** Says which tasks to keep standbys of. All others are closed. */
  want(taskIds: readonly string[]): void {
    this.#wanted = new Set(taskIds);
    this.#isDirty = true;
  }

  /** Takes the stores of a task over that has ended, and says which. What it has not committed is forgotten. */
  adopt({ id, partition, stores }: AdoptableTask): readonly TaskStore[] {
    const logged = stores.filter(({ spec }) => spec.logged);
    if (logged.length === 0) return logged;
    const own = logged.map((store) => ({ ...store, buffer: new WriteBuffer(store.buffer.store) }));
    this.#closedPositions.delete(id);
    this.#kept.set(id, { taskId: id, partition, stores: own, ends: undefined, followed: undefined });
    this.#isDirty = true;
    return logged;
  }

  /** Gives the stores of a task up, which begins to run here; undefined when there are none. */
  async take(taskId: string): Promise<readonly TaskStore[] | undefined> {
    await this.#work;
    this.#closedPositions.delete(taskId);
    const kept = this.#kept.get(taskId);
    this.#kept.delete(taskId);
    if (kept !== undefined) this.#unfollow(kept, 'promoted');
    return kept?.stores;
  }

  /**
   * Begins to open, close and read what is to be opened, closed and read.
   *
   * @param isSettled - Whether tasks run and have ended as the group wants it; else nothing is opened or closed.
   * @throws What a store failed with.
   */
  update(isSettled: boolean): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#isDirty && isSettled && this.#work === undefined && nowMs >= this.#workAtMs) this.#beginWork();
    if (this.#hasChecked) this.#readOn();
  }

  /** The standbys, with how many changelog records each lacks. */
  get lags(): ReadonlyMap<string, number> {
    const followed = [...this.#kept.values()].filter(({ taskId }) => this.#wanted?.has(taskId));
    return new Map(followed.map((kept) => [kept.taskId, this.#lag(kept)]));
  }

  /** How many changelog records the state of a task lacks; infinity when there is none. */
  lagOf(taskId: string): number {
    const kept = this.#kept.get(taskId);
    return kept === undefined ? Number.POSITIVE_INFINITY : this.#lag(kept);
  }

  /** How far the state of tasks reaches that do not run here: the sum of its offsets in their changelogs. */
  get positions(): ReadonlyMap<string, number> {
    const kept = [...this.#kept.values()].map(({ taskId, stores }) => [taskId, positionOf(stores)] as const);
    return new Map([...this.#closedPositions, ...kept]);
  }

  /** To be called when nothing is read any more. */
  async close(): Promise<void> {
    await this.#work;
    for (const kept of this.#kept.values()) {
      this.#unfollow(kept, 'migrated');
      await closeStores(kept.stores);
    }
    this.#kept.clear();
  }

  #beginWork(): void {
    const wanted = this.#wanted;
    if (wanted === undefined) return;
    this.#isDirty = false;
    const kept = [...this.#kept.values()];
    const gone = kept.filter(({ taskId }) => !wanted.has(taskId));
    const missing = [...wanted].filter((taskId) => !this.#kept.has(taskId) && this.#specsOf(taskId).length > 0);
    const unchecked = kept.filter(({ taskId, ends }) => wanted.has(taskId) && ends === undefined);
    for (const each of gone) this.#giveUp(each);
    this.#work = this.#change(gone, missing, unchecked)
      .catch((error: unknown) => {
        this.#bear(error);
        this.#workLater();
      })
      .catch((error: unknown) => {
        this.#failure = { error };
      })
      .finally(() => {
        this.#hasChecked = true;
        this.#work = undefined;
      });
  }

  #giveUp(kept: Kept): void {
    const { taskId, stores } = kept;
    this.#kept.delete(taskId);
    if (this.#options.directory.isOnDisk) this.#closedPositions.set(taskId, positionOf(stores));
    this.#unfollow(kept, 'migrated');
  }

  async #change(gone: readonly Kept[], missing: readonly string[], unchecked: readonly Kept[]): Promise<void> {
    for (const { stores } of gone) await closeStores(stores);
    for (const taskId of missing) {
      const stores = await this.#open(taskId);
      if (stores === undefined) this.#workLater();
      else this.adopt({ id: taskId, partition: partitionOf(taskId), stores });
    }
    const opened = missing.map((taskId) => this.#kept.get(taskId)).filter((kept) => kept !== undefined);
    for (const kept of [...unchecked, ...opened]) await this.#check(kept);
  }

  async #check(kept: Kept): Promise<void> {
    const { admin, directory } = this.#options;
    const { taskId, partition, stores } = kept;
    const reopen = (store: TaskStore) => directory.reopen(store, { taskId, partition });
    kept.ends = await checkPositions(stores, partition, { admin, reopen });
  }

  /** Opens the stores of a task unless another process has one of them. */
  async #open(taskId: string): Promise<TaskStore[] | undefined> {
    const stores: TaskStore[] = [];
    for (const spec of this.#specsOf(taskId)) {
      const store = await this.#options.directory.openFree(spec, { taskId, partition: partitionOf(taskId) });
      if (store === undefined) {
        await closeStores(stores);
        return undefined;
      }
      stores.push(store);
    }
    return stores.length === 0 ? undefined : stores;
  }

  /** Begins to read what has been checked. */
  #readOn(): void {
    this.#hasChecked = false;
    for (const kept of this.#kept.values()) {
      const { taskId, ends, followed } = kept;
      if (ends !== undefined && followed === undefined && this.#wanted?.has(taskId) === true) this.#follow(kept);
    }
  }

  #follow(kept: Kept): void {
    const { partition, stores } = kept;
    kept.followed = {
      ...{ partition, stores },
      onBatch: (store, { records: batchSize, nextOffset, end: currentEndOffset }) => {
        const batch = { batchEndOffset: nextOffset - 1, batchSize, currentEndOffset };
        this.#tell(kept, store, (listener, at) => listener.onBatchLoaded?.({ ...at, ...batch }));
      },
      onGap: () => this.#checkAnew(kept),
    };
    this.#options.reader.follow(kept.followed);
    for (const store of stores) {
      const startingOffset = store.buffer.store.position ?? 0;
      this.#tell(kept, store, (listener, at) => listener.onUpdateStart?.({ ...at, startingOffset }));
    }
  }

  #unfollow(kept: Kept, reason: 'promoted' | 'migrated'): void {
    if (kept.followed === undefined) return;
    this.#options.reader.leave(kept.followed);
    kept.followed = undefined;
    for (const store of kept.stores) {
      const storeOffset = store.buffer.store.position ?? 0;
      this.#tell(kept, store, (listener, at) => listener.onUpdateSuspended?.({ ...at, storeOffset, reason }));
    }
  }

  #checkAnew(kept: Kept): void {
    kept.ends = undefined;
    kept.followed = undefined;
    this.#isDirty = true;
  }

  #lag(kept: Kept): number {
    const { ends } = kept;
    return ends === undefined ? Number.POSITIVE_INFINITY : this.#options.reader.lag(kept, ends);
  }

  #tell(
    { taskId, partition }: Kept,
    { spec, changelogTopic: topic }: TaskStore,
    call: (listener: StandbyUpdateListener, at: StoreChangelog) => void,
  ): void {
    const { log, listener } = this.#options;
    tell(log, () => call(listener, { taskId, store: spec.name, topic, partition }));
  }

  #workLater(): void {
    this.#isDirty = true;
    this.#workAtMs = this.#options.clock.monotonicMs() + retryMs;
  }

  /** Standbys can wait for brokers. @throws What is no matter of brokers. */
  #bear(error: unknown): void {
    if (!(error instanceof ClientError)) throw error;
    this.#options.log.warn('streams.standby-failed', { error });
  }

  /** The stores of a task that changelogs can restore. */
  #specsOf(taskId: string): readonly StoreSpec[] {
    const part = this.#options.subTopologies.find((each) => each.id === parseTaskId(taskId)?.subTopology);
    return (part?.stores ?? []).filter(({ logged }) => logged);
  }
}

/** How far stores reach: the sum of their offsets in changelogs. */
export function positionOf(stores: readonly TaskStore[]): number {
  return stores.reduce((sum, { spec, buffer }) => sum + (spec.logged ? (buffer.store.position ?? 0) : 0), 0);
}

function partitionOf(taskId: string): number {
  return parseTaskId(taskId)?.partition ?? 0;
}
