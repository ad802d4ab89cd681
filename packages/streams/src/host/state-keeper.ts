import type { ResolvedConfig } from '../config.ts';
import type { TaskStore } from '../core/task.ts';
import type { SubTopology, Topology } from '../topology/topology.ts';
import { ChangelogReader } from './changelog-reader.ts';
import { readerOptions } from './opening.ts';
import { type RestorableTask, RestoringTasks } from './restoring-tasks.ts';
import { StandbyTasks } from './standby-tasks.ts';
import { StateDirectory, type TaskPlace } from './state-directory.ts';
import type { StreamsAdmin } from './streams-client.ts';
import type { AssignedTask } from './task-set.ts';
import { type OpenedStores, openTaskStores } from './task-stores.ts';

export interface StateKeeperOptions {
  readonly admin: StreamsAdmin;
  readonly changelogIds: ReadonlyMap<string, string>;
  readonly signal: AbortSignal;
}

/** What begins to be read waits for the fetch under way, so that one must be short. */
const fetchWaitMsMax = 100;

/** The stores of a process that no task runs with: those of standbys, and those that tasks wait for. All follow their changelogs. */
export class StateKeeper {
  readonly standbys: StandbyTasks;
  readonly restoring: RestoringTasks<AssignedTask>;
  readonly #standbyReader: ChangelogReader;
  readonly #restoreReader: ChangelogReader;
  readonly #openStores: (part: SubTopology, at: TaskPlace) => Promise<OpenedStores>;

  constructor(topology: Topology, config: ResolvedConfig, { admin, changelogIds, signal }: StateKeeperOptions) {
    const { applicationId, stateDir, openStore, platform, log } = config;
    const { disk, timers, clock } = platform;
    const directory = new StateDirectory({ applicationId, stateDir, openStore, disk, timers, changelogIds });
    const openConsumer = () => config.client.consumer({ ...readerOptions(config), fetchWaitMsMax });
    const reading = { openConsumer, clock, log, signal };
    this.#standbyReader = new ChangelogReader({ ...reading, isAwaited: false });
    this.#restoreReader = new ChangelogReader({ ...reading, isAwaited: true });
    const common = { admin, clock, log };
    this.standbys = new StandbyTasks({
      ...{ ...common, directory, subTopologies: topology.subTopologies },
      reader: this.#standbyReader,
      listener: config.standbyUpdateListener,
    });
    const reopen = (store: TaskStore, { id, partition }: RestorableTask) =>
      directory.reopen(store, { taskId: id, partition });
    this.restoring = new RestoringTasks({
      ...{ ...common, reopen },
      reader: this.#restoreReader,
      listener: config.stateRestoreListener,
    });
    const opening = { directory, standbys: this.standbys, admin, log };
    this.#openStores = (part, at) => openTaskStores(part, at, opening);
  }

  /** Opens the stores of a task that is to run. */
  openStores(part: SubTopology, at: TaskPlace): Promise<OpenedStores> {
    return this.#openStores(part, at);
  }

  /**
   * Takes in what has come of changelogs, and says whether anything had. Standbys stand back behind tasks that are restored.
   *
   * @param isIdle - Whether no task runs, so that tasks that are restored can have all the time.
   */
  async read(isIdle: boolean): Promise<boolean> {
    if (this.restoring.size === 0) return this.#standbyReader.read();
    await this.restoring.update();
    return this.#restoreReader.read(isIdle);
  }

  /** To be called when no task is restored any more. */
  async close(): Promise<void> {
    await this.#restoreReader.close();
    await this.#standbyReader.close();
    await this.standbys.close();
  }
}
