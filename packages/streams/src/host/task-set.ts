import type { Clock } from '@nagare/base';
import type { FetchedPartition, TopicPartition } from '@nagare/client';
import type { DeserializationPolicy } from '../core/deserialization.ts';
import type { ErrorPolicy } from '../core/failures.ts';
import { decodeOffsetMetadata } from '../core/offset-metadata.ts';
import { Task, type TaskStore } from '../core/task.ts';
import { taskIdOf } from '../core/task-id.ts';
import type { DropReason } from '../operators/define-operator.ts';
import { CacheBudget } from '../state/cache.ts';
import type { SubTopology, Topology } from '../topology/topology.ts';
import { rawRecords } from './changelogs.ts';
import { closeStores } from './close-stores.ts';
import type { OffsetResets } from './offset-resets.ts';
import type { RestorableTask, RestoringTasks } from './restoring-tasks.ts';
import type { AdoptableTask } from './standby-tasks.ts';
import type { TaskPlace } from './state-directory.ts';
import type { StreamsConsumer } from './streams-client.ts';
import type { OpenedStores } from './task-stores.ts';

/** How a task gets what it cannot make itself. */
export interface TaskSetOptions {
  readonly topology: Topology;
  readonly topicName: (name: string) => string;
  readonly deserialization: DeserializationPolicy;
  readonly errors: ErrorPolicy;
  readonly emitIntervalMs: number;
  /** What the record caches of all tasks may take together. */
  readonly cacheBytesMax: number;
  readonly clock: Clock;
  /** Opens the stores of a task. */
  readonly openStores: (part: SubTopology, at: TaskPlace) => Promise<OpenedStores>;
  /** Brings stores to the ends of their changelogs. */
  readonly restoring: RestoringTasks<AssignedTask>;
  /** Reads the partitions of the tasks, but for those that cannot run yet. */
  readonly consumer: Pick<StreamsConsumer, 'committed' | 'pause' | 'resume' | 'seekToBeginning' | 'seekToEnd'>;
  /** Where partitions begin of which nothing is committed. */
  readonly offsetResets: OffsetResets;
  /** The rows of global tables. */
  readonly globals: readonly TaskStore[];
}

/** What a task is made of. */
export interface AssignedTask extends RestorableTask {
  readonly part: SubTopology;
  /** What is committed with the offsets of its partitions, in their order; undefined where nothing is committed. */
  readonly metadata: readonly (string | undefined)[];
}

/** Is given a task that has ended, and takes those of its stores over that it returns. */
type Keep = (task: AdoptableTask) => readonly TaskStore[];

const keepNothing: Keep = () => [];

interface Running {
  readonly task: Task;
  readonly partitions: readonly TopicPartition[];
}

/** The tasks that this process has, made and ended as partitions come and go. */
export class TaskSet {
  readonly #options: TaskSetOptions;
  readonly #running = new Map<string, Running>();
  readonly #taskOf = new Map<string, Task>();
  readonly #partOf = new Map<string, SubTopology>();
  readonly #cacheBudget: CacheBudget;
  readonly #droppedBefore = new Map<DropReason, number>();

  constructor(options: TaskSetOptions) {
    this.#options = options;
    this.#cacheBudget = new CacheBudget(options.cacheBytesMax);
    for (const part of options.topology.subTopologies) {
      for (const source of part.sources)
        for (const topic of source.topics) this.#partOf.set(options.topicName(topic), part);
    }
  }

  /** Records that were dropped by the tasks that run and by those that have ended. */
  get droppedRecords(): ReadonlyMap<DropReason, number> {
    const sums = new Map(this.#droppedBefore);
    for (const { task } of this.#running.values()) addCounts(sums, task.droppedRecords);
    return sums;
  }

  /** Makes the caches' bound another one: tasks make room with the next change of a row. */
  set cacheBytesMax(bytes: number) {
    this.#cacheBudget.bytesMax = bytes;
  }

  get tasks(): Task[] {
    return [...this.#running.values()].map(({ task }) => task);
  }

  /** The task that reads a partition. */
  taskOf(at: TopicPartition): Task | undefined {
    return this.#taskOf.get(nameOf(at));
  }

  /** Everything that is assigned: the tasks that run, and those that are restored. */
  get assigned(): readonly AdoptableTask[] {
    return [...this.tasks, ...this.#options.restoring.tasks];
  }

  /** Whether tasks wait for their stores. */
  get isRestoring(): boolean {
    return this.#options.restoring.size > 0;
  }

  /** Makes the tasks of new partitions. Those that lack state run when it is restored. */
  async add(partitions: readonly TopicPartition[]): Promise<void> {
    const { consumer, restoring, openStores, offsetResets } = this.#options;
    for (const { id, part, partition, own } of this.#byTask(partitions)) {
      if (this.#running.has(id) || restoring.has(id)) continue;
      // Once a committed offset is stable, everything that was committed with it is in the changelogs, so these come second.
      const committed = await consumer.committed(own);
      const { stores, ends } = await openStores(part, { taskId: id, partition });
      consumer.pause(own);
      const unread = own.filter((_, at) => committed[at] === undefined);
      offsetResets.applyOthers(consumer, unread);
      const metadata = committed.map((each) => each?.metadata ?? undefined);
      restoring.add({ id, part, partition, own, stores, metadata }, ends);
    }
    await this.beginRestored();
  }

  /** Begins to run the tasks that lack nothing any more, and says whether there were any. */
  async beginRestored(): Promise<boolean> {
    const restored = this.#options.restoring.takeRestored();
    for (const [at, assigned] of restored.entries()) {
      try {
        this.#begin(assigned);
      } catch (error) {
        await closeStores(restored.slice(at).flatMap(({ stores }) => stores));
        throw error;
      }
    }
    return restored.length > 0;
  }

  /** The tasks that read any of these partitions. */
  tasksOf(partitions: readonly TopicPartition[]): Task[] {
    return [...new Set(partitions.map((each) => this.taskOf(each)).filter((task) => task !== undefined))];
  }

  /** The tasks that are to read any of these partitions when they are restored. */
  restoringOf(partitions: readonly TopicPartition[]): AssignedTask[] {
    const names = new Set(partitions.map(nameOf));
    return this.#options.restoring.tasks.filter(({ own }) => own.some((each) => names.has(nameOf(each))));
  }

  /** Gives tasks up that are restored. Default of `keep`: nothing. */
  async removeRestoring(tasks: readonly AssignedTask[], keep: Keep = keepNothing): Promise<void> {
    for (const task of tasks) {
      this.#options.restoring.remove(task);
      const kept = keep(task);
      await closeStores(task.stores.filter((store) => !kept.includes(store)));
    }
  }

  /** Ends everything. */
  async close(): Promise<void> {
    await this.remove(this.tasks);
    await this.removeRestoring(this.#options.restoring.tasks);
  }

  /** Ends tasks. What they have not committed is forgotten. Default of `keep`: nothing. */
  async remove(tasks: readonly Task[], keep: Keep = keepNothing): Promise<void> {
    for (const task of tasks) {
      for (const each of this.#running.get(task.id)?.partitions ?? []) this.#taskOf.delete(nameOf(each));
      task.calls.abandon();
      task.caches.clear();
      if (this.#running.delete(task.id)) addCounts(this.#droppedBefore, task.droppedRecords);
      const kept = keep(task);
      await closeStores(task.stores.filter((store) => !kept.includes(store)));
    }
  }

  /** Gives fetched records to their task; those of a partition that has just gone are left. */
  deliver(fetched: FetchedPartition, isCommittedOnly: boolean): void {
    const end = isCommittedOnly ? fetched.lastStableOffset : fetched.highWatermark;
    this.taskOf(fetched)?.addRecords(fetched.topic, rawRecords(fetched), fetched.nextOffset, end);
  }

  #begin(assigned: AssignedTask): void {
    const { id, own } = assigned;
    const task = this.#makeTask(assigned);
    this.#running.set(id, { task, partitions: own });
    for (const each of own) this.#taskOf.set(nameOf(each), task);
    this.#options.consumer.resume(own);
  }

  #makeTask({ part, partition, own, stores, metadata }: AssignedTask): Task {
    const { topicName, deserialization, errors, globals, emitIntervalMs, clock } = this.#options;
    const names = new Set(own.map(({ topic }) => topic));
    const topics = part.sources.flatMap(({ topics: all }) => all).filter((topic) => names.has(topicName(topic)));
    const common = { stores, globals, topicName, deserialization, errors, emitIntervalMs, wallTimeMs: clock.nowMs() };
    const task = new Task({ topology: part, partition, topics, cacheBudget: this.#cacheBudget, ...common });
    for (const [at, { topic }] of own.entries()) task.resume(topic, decodeOffsetMetadata(metadata[at] ?? ''));
    return task;
  }

  #byTask(partitions: readonly TopicPartition[]) {
    const tasks = new Map<string, { id: string; part: SubTopology; partition: number; own: TopicPartition[] }>();
    for (const each of partitions) {
      const part = this.#partOf.get(each.topic);
      if (part === undefined) continue;
      const id = taskIdOf(part.id, each.partition);
      const known = tasks.get(id);
      if (known === undefined) tasks.set(id, { id, part, partition: each.partition, own: [each] });
      else known.own.push(each);
    }
    return tasks.values();
  }
}

/** Adds counts to sums. */
export function addCounts(sums: Map<DropReason, number>, counts: ReadonlyMap<DropReason, number>): void {
  for (const [reason, count] of counts) sums.set(reason, (sums.get(reason) ?? 0) + count);
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${partition} ${topic}`;
}
