import type { Log } from '@nagare/base';
import type { TaskStore } from '../core/task.ts';
import type { SubTopology } from '../topology/topology.ts';
import { restoreStores } from './restorer.ts';
import type { StandbyTasks } from './standby-tasks.ts';
import type { StateDirectory } from './state-directory.ts';
import type { StreamsAdmin, StreamsConsumer } from './streams-client.ts';

export interface TaskStoresOptions {
  readonly directory: StateDirectory;
  readonly standbys: StandbyTasks;
  readonly admin: StreamsAdmin;
  /** Makes a consumer without a group. */
  readonly openConsumer: () => StreamsConsumer;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Opens the stores of a task that begins to run: those of its standby where there is one, brought to the end of their changelogs. */
export async function openTaskStores(
  part: SubTopology,
  partition: number,
  options: TaskStoresOptions,
): Promise<TaskStore[]> {
  const { directory, standbys, log } = options;
  const at = { taskId: `${part.id}_${partition}`, partition };
  const kept = (await standbys.take(at.taskId)) ?? [];
  const stores = [...kept];
  try {
    for (const spec of part.stores) {
      if (!kept.some((store) => store.spec.name === spec.name)) stores.push(await directory.open(spec, at));
    }
    const reopen = (store: TaskStore) => directory.reopen(store, at);
    const records = await restoreStores(stores, partition, { ...options, reopen });
    if (stores.length > 0) log.info('streams.restored', { taskId: at.taskId, records });
    return stores;
  } catch (error) {
    for (const { buffer } of stores) {
      await buffer.store.close().catch((failure: unknown) => {
        log.warn('streams.close-failed', { what: 'close store', error: failure });
      });
    }
    throw error;
  }
}
