import { addCounts } from '../../host/task-set.ts';
import type { DropReason } from '../../operators/define-operator.ts';
import { ClusterInstance, type RunningTask } from './cluster-instance.ts';
import { StateFolder } from './state-folder.ts';
import { placeOn, type TaskPlace, tasksOf } from './task-placement.ts';
import type { TestApplication } from './test-application.ts';
import type { Turns } from './turns.ts';

export interface TestClusterOptions {
  readonly application: TestApplication;
  readonly turns: Turns;
  readonly numStandbyReplicas: number;
}

/** A task that runs, and where. */
interface Placed {
  readonly id: string;
  readonly instance: ClusterInstance;
  readonly running: RunningTask;
}

/** The instances of an application: which of them run, with which tasks, and whose turn it is. */
export class TestCluster {
  readonly #options: TestClusterOptions;
  readonly #places: ReadonlyMap<string, TaskPlace>;
  readonly #instances = new Map<number, ClusterInstance>();
  /** The disks of instances, by their numbers. */
  readonly #folders = new Map<number, StateFolder>();

  constructor(options: TestClusterOptions) {
    this.#options = options;
    const { topology, topics } = options.application;
    this.#places = tasksOf(topology, topics);
  }

  /** Those that run, in the order of their numbers. */
  get instances(): ClusterInstance[] {
    return [...this.#instances.values()].sort((a, b) => a.index - b.index);
  }

  /** All tasks, whether they run or not. */
  get taskIds(): readonly string[] {
    return [...this.#places.keys()];
  }

  get tasks(): Placed[] {
    const placed = this.instances.flatMap((instance) =>
      instance.tasks.map((running) => ({ id: running.id, instance, running })),
    );
    return placed.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  get droppedRecords(): Map<DropReason, number> {
    const sums = new Map(this.#options.application.dropped);
    for (const instance of this.instances) {
      for (const { task } of instance.tasks) addCounts(sums, task.droppedRecords);
      for (const { rows } of instance.globals) addCounts(sums, rows.droppedRecords);
    }
    return sums;
  }

  /** @throws {RangeError} When it does not run. */
  instance(index: number): ClusterInstance {
    const found = this.#instances.get(index);
    if (found !== undefined) return found;
    throw new RangeError(`Instance ${index} does not run; those that do are [${[...this.#instances.keys()]}]`);
  }

  /** Starts instances, and places tasks anew. */
  start(indexes: readonly number[], state: 'kept' | 'lost'): void {
    for (const index of indexes) {
      if (!Number.isSafeInteger(index) || index < 0)
        throw new RangeError(`Instances have numbers from 0 on, not ${index}`);
      if (this.#instances.has(index)) throw new RangeError(`Instance ${index} runs already`);
      const folder = (state === 'kept' ? this.#folders.get(index) : undefined) ?? new StateFolder();
      this.#folders.set(index, folder);
      this.#instances.set(index, new ClusterInstance(index, folder, this.#options.application));
    }
    this.rebalance();
  }

  /** Ends an instance without a commit, and has others take its tasks over. */
  kill(instance: ClusterInstance): void {
    instance.kill();
    this.#instances.delete(instance.index);
    this.rebalance();
  }

  killAll(): void {
    for (const each of this.instances) each.kill();
    this.#instances.clear();
  }

  /** Lets one task process one record; 0 when none has anything to do. */
  advance(): number {
    const ready = this.instances.flatMap((instance) =>
      this.guarded(instance, () => instance.fetch()).map((running) => ({ id: running.id, instance, running })),
    );
    if (ready.length === 0) return 0;
    const { instance, running } = this.#options.turns.next(ready.sort((a, b) => (a.id < b.id ? -1 : 1)));
    return this.guarded(instance, () => instance.advance(running));
  }

  /** Has an instance commit. False when calls are under way. */
  commit(instance: ClusterInstance): boolean {
    const isCommitted = this.guarded(instance, () => instance.commit());
    if (isCommitted) for (const each of this.instances) each.followChangelogs();
    return isCommitted;
  }

  /** An instance whose task fails ends as if it had crashed. */
  guarded<T>(instance: ClusterInstance, act: () => T): T {
    try {
      return act();
    } catch (error) {
      this.kill(instance);
      throw error;
    }
  }

  /** @throws {RangeError} When there is no such task, or the instance does not run. */
  move(taskId: string, index: number): void {
    const place = this.#places.get(taskId);
    if (place === undefined) throw new RangeError(`There is no task ${taskId}; there are ${this.taskIds.join(', ')}`);
    const next = this.instance(index);
    const owner = this.instances.find(({ running }) => running.has(taskId));
    if (owner === next) return;
    if (owner !== undefined) this.#giveUp(owner, [taskId]);
    next.open(place);
  }

  rebalance(): void {
    const { instances } = this;
    if (instances.length === 0) return;
    const { active, standby } = placeOn(this.#places, instances, this.#options.numStandbyReplicas);
    const runs = ({ index }: ClusterInstance, id: string) => active.get(id) === String(index);
    const keeps = ({ index }: ClusterInstance, id: string) => standby.get(id)?.includes(String(index)) === true;
    for (const each of instances) {
      const leaving = [...each.running].filter((id) => !runs(each, id));
      if (leaving.length > 0) this.#giveUp(each, leaving);
    }
    for (const each of instances) {
      for (const [id, place] of this.#places) if (runs(each, id) && !each.running.has(id)) each.open(place);
      each.keep([...this.#places.values()].filter(({ taskId }) => keeps(each, taskId)));
    }
  }

  /** Tasks that go are committed with all that their instance did, or, while calls are under way, taken back with it. */
  #giveUp(owner: ClusterInstance, taskIds: readonly string[]): void {
    if (!this.commit(owner) && this.#options.application.isTransactional) owner.abort();
    for (const id of taskIds) owner.end(id);
  }
}
