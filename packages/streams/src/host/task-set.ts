import type { Clock } from '@nagare/base';
import type { FetchedPartition, TopicPartition } from '@nagare/client';
import type { DeserializationPolicy } from '../core/deserialization.ts';
import type { ErrorPolicy } from '../core/failures.ts';
import { decodeOffsetMetadata } from '../core/offset-metadata.ts';
import { Task, type TaskStore } from '../core/task.ts';
import type { DropReason } from '../operators/define-operator.ts';
import { CacheBudget } from '../state/cache.ts';
import type { SubTopology, Topology } from '../topology/topology.ts';
import { rawRecords } from './restorer.ts';

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
  /** Opens and restores the stores of a task. */
  readonly openStores: (part: SubTopology, partition: number) => Promise<TaskStore[]>;
  /** The rows of global tables. */
  readonly globals: readonly TaskStore[];
  /** The metadata committed for partitions, in their order; undefined where nothing is committed. */
  readonly committedMetadata: (partitions: readonly TopicPartition[]) => Promise<readonly (string | undefined)[]>;
}

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

  get tasks(): Task[] {
    return [...this.#running.values()].map(({ task }) => task);
  }

  /** The task that reads a partition. */
  taskOf({ topic, partition }: TopicPartition): Task | undefined {
    return this.#taskOf.get(`${partition} ${topic}`);
  }

  /** Makes the tasks of new partitions. */
  async add(partitions: readonly TopicPartition[]): Promise<void> {
    for (const [taskId, { part, partition, own }] of this.#byTask(partitions)) {
      // Once a committed offset is stable, everything that was committed with it is in the changelogs, so these come second.
      const metadata = await this.#options.committedMetadata(own);
      const stores = await this.#options.openStores(part, partition);
      try {
        const task = this.#makeTask(part, { partition, own, stores, metadata });
        this.#running.set(taskId, { task, partitions: own });
        for (const each of own) this.#taskOf.set(`${each.partition} ${each.topic}`, task);
      } catch (error) {
        await closeStores(stores);
        throw error;
      }
    }
  }

  /** The tasks that read any of these partitions. */
  tasksOf(partitions: readonly TopicPartition[]): Task[] {
    return [...new Set(partitions.map((each) => this.taskOf(each)).filter((task) => task !== undefined))];
  }

  /**
   * Ends tasks. What they have not committed is forgotten.
   *
   * @param keep - Is given each task that has ended, and takes those of its stores over that it returns. Default: none.
   */
  async remove(tasks: readonly Task[], keep: (task: Task) => readonly TaskStore[] = () => []): Promise<void> {
    for (const task of tasks) {
      for (const { topic, partition } of this.#running.get(task.id)?.partitions ?? []) {
        this.#taskOf.delete(`${partition} ${topic}`);
      }
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

  #makeTask(
    part: SubTopology,
    {
      partition,
      own,
      stores,
      metadata,
    }: {
      readonly partition: number;
      readonly own: readonly TopicPartition[];
      readonly stores: readonly TaskStore[];
      readonly metadata: readonly (string | undefined)[];
    },
  ): Task {
    const { topicName, deserialization, errors, globals, emitIntervalMs, clock } = this.#options;
    const names = new Set(own.map(({ topic }) => topic));
    const topics = part.sources.flatMap(({ topics: all }) => all).filter((topic) => names.has(topicName(topic)));
    const common = { stores, globals, topicName, deserialization, errors, emitIntervalMs, wallTimeMs: clock.nowMs() };
    const task = new Task({ topology: part, partition, topics, cacheBudget: this.#cacheBudget, ...common });
    for (const [at, { topic }] of own.entries()) task.resume(topic, decodeOffsetMetadata(metadata[at] ?? ''));
    return task;
  }

  #byTask(partitions: readonly TopicPartition[]) {
    const tasks = new Map<string, { part: SubTopology; partition: number; own: TopicPartition[] }>();
    for (const each of partitions) {
      const part = this.#partOf.get(each.topic);
      if (part === undefined) continue;
      const taskId = `${part.id}_${each.partition}`;
      const known = tasks.get(taskId);
      if (known === undefined) tasks.set(taskId, { part, partition: each.partition, own: [each] });
      else known.own.push(each);
    }
    return tasks;
  }
}

/** Adds counts to sums. */
export function addCounts(sums: Map<DropReason, number>, counts: ReadonlyMap<DropReason, number>): void {
  for (const [reason, count] of counts) sums.set(reason, (sums.get(reason) ?? 0) + count);
}

async function closeStores(stores: readonly TaskStore[]): Promise<void> {
  for (const { buffer } of stores) await buffer.store.close();
}
