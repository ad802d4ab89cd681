import type { Log } from '@nagare/base';
import type { TaskStore } from '../core/task.ts';
import type { SubTopology } from '../topology/topology.ts';
import { checkPositions } from './changelogs.ts';
import { closeStores } from './close-stores.ts';
import type { StandbyTasks } from './standby-tasks.ts';
import type { StateDirectory, TaskPlace } from './state-directory.ts';
import type { StreamsAdmin } from './streams-client.ts';

export interface TaskStoresOptions {
  readonly directory: StateDirectory;
  readonly standbys: StandbyTasks;
  readonly admin: StreamsAdmin;
  readonly log: Log;
}

/** The stores of a task, and where their changelogs end for it. */
export interface OpenedStores {
  readonly stores: TaskStore[];
  readonly ends: ReadonlyMap<string, number>;
}

/** Opens the stores of a task that is to run: those of its standby where there is one. What they lack is still to be restored. */
export async function openTaskStores(
  part: SubTopology,
  at: TaskPlace,
  { directory, standbys, admin, log }: TaskStoresOptions,
): Promise<OpenedStores> {
  const kept = (await standbys.take(at.taskId)) ?? [];
  const stores = [...kept];
  try {
    for (const spec of part.stores) {
      if (!kept.some((store) => store.spec.name === spec.name)) stores.push(await directory.open(spec, at));
    }
    const reopen = (store: TaskStore) => directory.reopen(store, at);
    return { stores, ends: await checkPositions(stores, at.partition, { admin, reopen }) };
  } catch (error) {
    await closeStores(stores).catch((failure: unknown) => {
      log.warn('streams.close-failed', { what: 'close stores', error: failure });
    });
    throw error;
  }
}
