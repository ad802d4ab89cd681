import { decodeOffsetMetadata } from '../../core/offset-metadata.ts';
import type { OutputRecord } from '../../core/output.ts';
import { Task, type TaskStore } from '../../core/task.ts';
import { type TaskCommit, toCommitOffset } from '../../core/task-commit.ts';
import { addCounts } from '../../host/task-set.ts';
import { CacheBudget } from '../../state/cache.ts';
import type { MemoryStore } from '../../state/memory.ts';
import type { StoreSpec } from '../../state/store-spec.ts';
import { WriteBuffer } from '../../state/write-buffer.ts';
import { changelogTopic } from '../../topology/names.ts';
import { GlobalReader } from './global-reader.ts';
import type { StateFolder } from './state-folder.ts';
import type { PlacedInstance, TaskPlace } from './task-placement.ts';
import type { TestApplication } from './test-application.ts';
import { TestTransaction } from './test-transaction.ts';

/** A task that runs, and how far it has read. */
export interface RunningTask {
  readonly id: string;
  readonly task: Task;
  readonly place: TaskPlace;
  /** By topic: the offset that is read next. */
  readonly positions: Map<string, number>;
}

interface PreparedCommit {
  readonly task: Task;
  readonly commit: TaskCommit;
  /** The offsets behind what was written to changelogs. */
  readonly ends: ReadonlyMap<string, number>;
}

/** One life of a process of the application: its tasks, its caches and its transaction. */
export class ClusterInstance implements PlacedInstance {
  readonly index: number;
  readonly globals: readonly GlobalReader[];
  readonly #application: TestApplication;
  readonly #folder: StateFolder;
  readonly #cacheBudget: CacheBudget;
  readonly #tasks = new Map<string, RunningTask>();
  #standbys = new Map<string, TaskPlace>();
  #transaction: TestTransaction | undefined;

  constructor(index: number, folder: StateFolder, application: TestApplication) {
    this.index = index;
    this.#folder = folder;
    this.#application = application;
    this.#cacheBudget = new CacheBudget(application.cacheBytesMax);
    this.globals = application.topology.globalTables.map((table) => new GlobalReader(table, application));
  }

  get tasks(): readonly RunningTask[] {
    return [...this.#tasks.values()];
  }

  get running(): ReadonlySet<string> {
    return new Set(this.#tasks.keys());
  }

  /** The tasks that it keeps the stores of without running them. */
  get keeping(): ReadonlySet<string> {
    return new Set(this.#standbys.keys());
  }

  get positions(): ReadonlyMap<string, number> {
    return this.#folder.positions;
  }

  /** Whether no call of `mapAsync` is under way. */
  get isIdle(): boolean {
    return this.tasks.every(({ task }) => task.calls.isIdle);
  }

  get isCommitNeeded(): boolean {
    return this.#transaction !== undefined || this.tasks.some(({ task }) => task.isCommitNeeded);
  }

  /** Begins to run a task at what is committed, with its stores restored. */
  open(place: TaskPlace): void {
    const { topics, deserialization, errors, emitIntervalMs, nowMs } = this.#application;
    const { taskId: id, part, partition } = place;
    const names = new Set(place.partitions.map(({ topic }) => topic));
    const task = new Task({
      ...{ deserialization, errors, emitIntervalMs },
      topology: part,
      partition,
      topics: part.sources.flatMap((source) => source.topics).filter((topic) => names.has(topics.realName(topic))),
      stores: part.stores.map((spec) => this.#openStore(place, spec)),
      globals: this.globals.map(({ rows }) => rows.store),
      topicName: topics.realName,
      wallTimeMs: nowMs(),
      cacheBudget: this.#cacheBudget,
    });
    const positions = new Map<string, number>();
    for (const topic of names) {
      const committed = topics.committed(topic, partition);
      positions.set(topic, committed?.offset ?? 0);
      if (committed !== undefined) task.resume(topic, decodeOffsetMetadata(committed.metadata));
    }
    this.#standbys.delete(id);
    this.#tasks.set(id, { id, task, place, positions });
  }

  /** Ends a task. What it has not committed is forgotten. */
  end(id: string): void {
    const running = this.#tasks.get(id);
    if (running === undefined) return;
    const { task } = running;
    task.calls.abandon();
    task.caches.clear();
    addCounts(this.#application.dropped, task.droppedRecords);
    this.#tasks.delete(id);
  }

  /** Has the stores of tasks follow their changelogs from now on. */
  keep(places: readonly TaskPlace[]): void {
    this.#standbys = new Map(places.map((place) => [place.taskId, place]));
    this.followChangelogs();
  }

  followChangelogs(): void {
    for (const place of this.#standbys.values()) for (const spec of place.part.stores) this.#restore(place, spec);
  }

  /** Reads what there is to read, and gives the tasks that have something to do. */
  fetch(): RunningTask[] {
    for (const global of this.globals) global.update();
    return this.tasks.filter((running) => {
      this.#fetch(running);
      return running.task.isReady(this.#application.nowMs(), -1);
    });
  }

  /** Lets a task process one record, and writes what comes of it. */
  advance({ task }: RunningTask): number {
    const processed = task.process(1, this.#application.nowMs());
    this.#collect(task);
    return processed;
  }

  /** Calls the punctuators that are due. */
  punctuate(): void {
    for (const { task } of this.tasks) {
      task.punctuate(this.#application.nowMs());
      this.#collect(task);
    }
  }

  /** Commits what was processed. False when calls are under way that it has to wait for. */
  commit(): boolean {
    for (const { task } of this.tasks) {
      task.flush();
      this.#collect(task);
    }
    if (!this.isIdle) return false;
    const prepared = this.#prepare();
    this.#endTransaction('committed');
    for (const each of prepared) this.#commit(each);
    return true;
  }

  /** Has the commit fail when all of it is written, and goes back to the last one. */
  abort(): void {
    this.#prepare();
    this.#endTransaction('aborted');
    for (const { id, place } of this.tasks) {
      this.end(id);
      this.open(place);
    }
  }

  /** Ends without a commit. Whatever was written in a transaction does not count. */
  kill(): void {
    for (const { id } of this.tasks) this.end(id);
    for (const { rows } of this.globals) addCounts(this.#application.dropped, rows.droppedRecords);
    this.#endTransaction('aborted');
  }

  #openStore(place: TaskPlace, spec: StoreSpec): TaskStore {
    const { restored, applicationId } = this.#application;
    const lacked = this.#restore(place, spec);
    if (lacked > 0) restored.set(spec.name, (restored.get(spec.name) ?? 0) + lacked);
    const { rows, restoredTimeMs } = this.#folder.open(place.taskId, spec.name);
    const topic = changelogTopic(applicationId, spec.name);
    return { spec, buffer: new WriteBuffer(rows), changelogTopic: topic, restoredTimeMs };
  }

  #restore({ taskId, partition }: TaskPlace, spec: StoreSpec): number {
    if (!spec.logged) return 0;
    const { topics, applicationId, isolation } = this.#application;
    const changelog = topics.log(changelogTopic(applicationId, spec.name), partition);
    return this.#folder.open(taskId, spec.name).restore(spec, changelog, isolation);
  }

  #fetch({ task, place, positions }: RunningTask): void {
    const { topics, isolation } = this.#application;
    for (const [topic, from] of positions) {
      const log = topics.log(topic, place.partition);
      const end = log.endFor(isolation);
      if (from >= end) continue;
      positions.set(topic, end);
      task.addRecords(topic, log.read(from, isolation), end, end);
    }
  }

  /** Starts the calls that a task asks for, and writes its outputs. */
  #collect(task: Task): void {
    this.#application.caller.start(task);
    for (const record of task.takeOutputs()) this.#write(record);
  }

  #write(record: OutputRecord): number {
    const { topics, isTransactional } = this.#application;
    if (isTransactional) this.#transaction ??= new TestTransaction();
    return topics.write(record, this.#transaction);
  }

  #prepare(): PreparedCommit[] {
    const due = this.tasks.filter(({ task }) => task.isCommitNeeded && task.calls.isIdle);
    return due.map(({ task }) => {
      const commit = task.prepareCommit();
      this.#collect(task);
      const ends = new Map<string, number>();
      for (const record of commit.changelog) ends.set(record.topic, this.#write(record));
      return { task, commit, ends };
    });
  }

  #endTransaction(outcome: 'committed' | 'aborted'): void {
    this.#transaction?.end(outcome);
    this.#transaction = undefined;
  }

  #commit({ task, commit, ends }: PreparedCommit): void {
    for (const progress of commit.offsets) this.#application.topics.commit(toCommitOffset(progress));
    for (const { store, pending } of commit.stores) {
      const { entries, dropBelow } = pending;
      const rows = store.buffer.store as MemoryStore;
      rows.apply({ entries, dropBelow, position: ends.get(store.changelogTopic) ?? rows.position ?? 0 });
      store.buffer.clear();
    }
    task.committed();
  }
}
