import { replaceMethod } from '@nagare/base/sim';
import { ClientError } from '@nagare/client';
import type { OutputRecord } from '../../core/output.ts';
import { Task } from '../../core/task.ts';
import { OutputProducer } from '../../host/output-producer.ts';
import { type RestorableTask, RestoringTasks } from '../../host/restoring-tasks.ts';

/** Bugs to put into applications, each of which some check must find: what shows that the check can see. */
const bugs = {
  /** Offsets are committed, and what the stores have changed reaches the changelogs with the next commit. */
  'changelog-behind-offsets': () => {
    const held = new WeakMap<Task, Iterable<OutputRecord>>();
    return replaceMethod(
      Task.prototype,
      'prepareCommit',
      (prepare) =>
        function (this: Task) {
          const commit = prepare.call(this);
          const changelog = held.get(this) ?? [];
          held.set(this, commit.changelog);
          return { ...commit, changelog };
        },
    );
  },
  /** Changes of stores are written to the local ones while their commit is still under way. */
  'stores-before-commit': () =>
    replaceMethod(
      Task.prototype,
      'prepareCommit',
      (prepare) =>
        function (this: Task) {
          const commit = prepare.call(this);
          for (const { store, pending } of commit.stores) {
            const { store: kept } = store.buffer;
            const { entries, dropBelow } = pending;
            if (entries.length > 0) kept.write({ entries, dropBelow, position: kept.position ?? 0 }).catch(() => {});
          }
          return commit;
        },
    ),
  /** Who has been fenced off goes on as if its transaction were committed. */
  'fencing-ignored': () =>
    replaceMethod(
      OutputProducer.prototype,
      'commit',
      (commit) =>
        async function (this: OutputProducer, ...work) {
          try {
            await commit.apply(this, work);
          } catch (error) {
            if (!isFenced(error)) throw error;
            await this.reset();
          }
        },
    ),
  /** Outputs are one transaction, the offsets of their inputs the next. */
  'offsets-in-the-next-transaction': () =>
    replaceMethod(
      OutputProducer.prototype,
      'commit',
      (commit) =>
        async function (this: OutputProducer, offsets, groupMetadata) {
          await commit.call(this, [], groupMetadata);
          await this.begin();
          await commit.call(this, offsets, groupMetadata);
        },
    ),
  /** Tasks run before their stores have come to the ends of their changelogs. */
  'restored-in-part': () =>
    replaceMethod(
      RestoringTasks.prototype,
      'takeRestored',
      () =>
        function (this: RestoringTasks<RestorableTask>) {
          const { tasks } = this;
          for (const task of tasks) this.remove(task);
          return tasks;
        },
    ),
} as const;

export type PlantedStreamsBug = keyof typeof bugs;

/** The names of all of them. */
export const plantedStreamsBugs = Object.keys(bugs) as readonly PlantedStreamsBug[];

/** Puts a bug into every application of this process; the function that it returns takes it out again. */
export function plantStreamsBug(bug: PlantedStreamsBug): () => void {
  return bugs[bug]();
}

const fencing: ReadonlySet<string | undefined> = new Set([
  'ILLEGAL_GENERATION',
  'INVALID_PRODUCER_EPOCH',
  'PRODUCER_FENCED',
  'UNKNOWN_MEMBER_ID',
]);

function isFenced(error: unknown): boolean {
  return error instanceof ClientError && (error.code === 'NAGARE_CLIENT_FENCED' || fencing.has(error.kafka));
}
