import type { Clock, Log } from '@nagare/base';
import { ClientError, type FetchedPartition } from '@nagare/client';
import type { TaskStore } from '../core/task.ts';
import type { StoreSpec } from '../state/store-spec.ts';
import { WriteBuffer } from '../state/write-buffer.ts';
import type { SubTopology } from '../topology/topology.ts';
import { applyChangelog, checkPositions } from './restorer.ts';
import type { StateDirectory } from './state-directory.ts';
import type { StreamsAdmin, StreamsConsumer } from './streams-client.ts';

/** So little that the tasks that run hardly wait for it. */
const pollBytesMax = 1024 * 1024;

const retryMs = 1_000;

export interface StandbyTasksOptions {
  readonly subTopologies: readonly SubTopology[];
  readonly directory: StateDirectory;
  readonly admin: StreamsAdmin;
  /** Makes a consumer without a group. */
  readonly openConsumer: () => StreamsConsumer;
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
  isRead: boolean;
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
  #consumer: StreamsConsumer | undefined;
  #work: Promise<void> | undefined;
  /** Whether there may be something to open or to close. */
  #isDirty = false;
  /** Whether there may be something that is checked and not read yet. */
  #hasChecked = false;
  #isReading = false;
  #failure: { readonly error: unknown } | undefined;
  #workAtMs = 0;
  #readAtMs = 0;

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
    this.#kept.set(id, { taskId: id, partition, stores: own, ends: undefined, isRead: false });
    this.#isDirty = true;
    return logged;
  }

  /** Gives the stores of a task up, which begins to run here; undefined when there are none. */
  async take(taskId: string): Promise<readonly TaskStore[] | undefined> {
    await this.#work;
    this.#closedPositions.delete(taskId);
    const kept = this.#kept.get(taskId);
    this.#kept.delete(taskId);
    if (kept?.isRead === true) this.#assign();
    return kept?.stores;
  }

  /**
   * Takes in what has come, without waiting, and says whether anything had.
   *
   * @param isSettled - Whether tasks run and have ended as the group wants it; else nothing is opened or closed.
   * @throws What a store failed with.
   */
  async update(isSettled: boolean): Promise<boolean> {
    if (this.#failure !== undefined) throw this.#failure.error;
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#isDirty && isSettled && this.#work === undefined && nowMs >= this.#workAtMs) this.#beginWork();
    if (this.#hasChecked) this.#readOn();
    if (this.#consumer === undefined || !this.#isReading || nowMs < this.#readAtMs) return false;
    try {
      return await this.#read(this.#consumer);
    } catch (error) {
      this.#bear(error);
      this.#readAtMs = nowMs + retryMs;
      return false;
    }
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

  async close(): Promise<void> {
    await this.#work;
    await this.#consumer?.close();
    for (const { stores } of this.#kept.values()) await closeAll(stores);
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

  async #change(gone: readonly Kept[], missing: readonly string[], unchecked: readonly Kept[]): Promise<void> {
    for (const { taskId, stores } of gone) {
      this.#kept.delete(taskId);
      if (this.#options.directory.isOnDisk) this.#closedPositions.set(taskId, positionOf(stores));
    }
    if (gone.some(({ isRead }) => isRead)) this.#assign();
    for (const { stores } of gone) await closeAll(stores);
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
    const bounds = await checkPositions(stores, partition, { admin, reopen });
    kept.ends = new Map([...bounds].map(([topic, { end }]) => [topic, end]));
  }

  /** Opens the stores of a task unless another process has one of them. */
  async #open(taskId: string): Promise<TaskStore[] | undefined> {
    const stores: TaskStore[] = [];
    for (const spec of this.#specsOf(taskId)) {
      const store = await this.#options.directory.openFree(spec, { taskId, partition: partitionOf(taskId) });
      if (store === undefined) {
        await closeAll(stores);
        return undefined;
      }
      stores.push(store);
    }
    return stores.length === 0 ? undefined : stores;
  }

  /** Begins to read what has been checked. */
  #readOn(): void {
    this.#hasChecked = false;
    const added = [...this.#kept.values()].filter((kept) => this.#isFollowed(kept) && !kept.isRead);
    if (added.length === 0) return;
    for (const kept of added) kept.isRead = true;
    this.#assign();
    for (const { stores, partition } of added) {
      for (const { changelogTopic: topic, buffer } of stores) {
        this.#consumer?.seek({ topic, partition, offset: buffer.store.position ?? 0 });
      }
    }
  }

  #isFollowed({ taskId, ends }: Kept): boolean {
    return ends !== undefined && this.#wanted?.has(taskId) === true;
  }

  #assign(): void {
    this.#consumer ??= this.#options.openConsumer();
    const read = [...this.#kept.values()].filter(({ isRead }) => isRead);
    this.#isReading = read.length > 0;
    this.#consumer.assign(
      read.flatMap(({ stores, partition }) => stores.map(({ changelogTopic: topic }) => ({ topic, partition }))),
    );
  }

  async #read(consumer: StreamsConsumer): Promise<boolean> {
    const fetched = await consumer.poll({ timeoutMs: 0, bytesMax: pollBytesMax });
    for (const each of fetched) await this.#apply(each);
    return fetched.length > 0;
  }

  async #apply(fetched: FetchedPartition): Promise<void> {
    const { topic, partition } = fetched;
    for (const kept of this.#kept.values()) {
      const store = kept.stores.find(({ changelogTopic }) => changelogTopic === topic);
      if (kept.partition !== partition || store === undefined || !kept.isRead) continue;
      if (fetched.logStartOffset <= (store.buffer.store.position ?? 0)) await applyChangelog(store, fetched);
      else this.#checkAnew(kept);
    }
  }

  /** What lies between the position and the start of the changelog is gone, removals among it. */
  #checkAnew(kept: Kept): void {
    kept.ends = undefined;
    kept.isRead = false;
    this.#isDirty = true;
    this.#assign();
  }

  #lag({ stores, partition, ends, isRead }: Kept): number {
    if (ends === undefined) return Number.POSITIVE_INFINITY;
    return stores.reduce((sum, { changelogTopic: topic, buffer }) => {
      const known = isRead ? this.#consumer?.lag({ topic, partition }) : undefined;
      return sum + (known ?? Math.max(0, (ends.get(topic) ?? 0) - (buffer.store.position ?? 0)));
    }, 0);
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
    const id = Number(taskId.slice(0, taskId.indexOf('_')));
    const part = this.#options.subTopologies.find((each) => each.id === id);
    return (part?.stores ?? []).filter(({ logged }) => logged);
  }
}

/** How far stores reach: the sum of their offsets in changelogs. */
export function positionOf(stores: readonly TaskStore[]): number {
  return stores.reduce((sum, { spec, buffer }) => sum + (spec.logged ? (buffer.store.position ?? 0) : 0), 0);
}

function partitionOf(taskId: string): number {
  return Number(taskId.slice(taskId.indexOf('_') + 1));
}

async function closeAll(stores: readonly TaskStore[]): Promise<void> {
  for (const { buffer } of stores) await buffer.store.close();
}
