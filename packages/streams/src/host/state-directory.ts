import type { Disk, Timers } from '@nagare/base';
import type { TaskStore } from '../core/task.ts';
import { parseTaskId } from '../core/task-id.ts';
import { StreamsError } from '../errors.ts';
import type { ByteStore, StoreOpener } from '../state/byte-store.ts';
import { LevelStore } from '../state/level.ts';
import { MemoryStore } from '../state/memory.ts';
import { ReadBudget } from '../state/read-cache.ts';
import { isOrdered, type StoreSpec } from '../state/store-spec.ts';
import { WriteBuffer } from '../state/write-buffer.ts';
import { changelogTopic } from '../topology/names.ts';
import { memoryBounds } from './memory-bounds.ts';

export interface StateDirectoryOptions {
  readonly applicationId: string;
  /** Where stores lie; undefined keeps them in memory. */
  readonly stateDir: string | undefined;
  readonly disk: Disk;
  readonly timers: Timers;
  readonly changelogIds: ReadonlyMap<string, string>;
  /** Default: LevelDB. */
  readonly openStore?: StoreOpener | undefined;
}

/** Which task a store belongs to. */
export interface TaskPlace {
  readonly taskId: string;
  readonly partition: number;
}

const lockedRetries = 50;
const lockedRetryMs = 200;

/** Opens the stores of tasks, each in a folder of its own: `<state dir>/<application>/<task>/<store>`. */
export class StateDirectory {
  readonly #options: StateDirectoryOptions;
  readonly #reads = new ReadBudget(memoryBounds.reads);

  constructor(options: StateDirectoryOptions) {
    this.#options = options;
  }

  /** Whether what is closed is still there. */
  get isOnDisk(): boolean {
    return this.#options.stateDir !== undefined;
  }

  /** The tasks that there is a folder of. */
  async taskIds(): Promise<string[]> {
    const { stateDir, applicationId, disk } = this.#options;
    const path = `${stateDir}/${applicationId}`;
    if (stateDir === undefined || (await disk.stat(path)) === undefined) return [];
    return (await disk.list(path)).filter((name) => parseTaskId(name) !== undefined);
  }

  /** Opens a store; another process of this machine that is about to close it is waited for. */
  open(spec: StoreSpec, at: TaskPlace): Promise<TaskStore> {
    return this.#open(spec, at, lockedRetries);
  }

  /** Opens a store unless another process has it. */
  async openFree(spec: StoreSpec, at: TaskPlace): Promise<TaskStore | undefined> {
    try {
      return await this.#open(spec, at, 1);
    } catch (error) {
      if (isLocked(error)) return undefined;
      throw error;
    }
  }

  /** Opens a store anew that cannot be trusted, with nothing in it. */
  async reopen({ spec, buffer }: TaskStore, at: TaskPlace): Promise<TaskStore> {
    await buffer.store.discard();
    return this.open(spec, at);
  }

  async #open(spec: StoreSpec, { taskId, partition }: TaskPlace, tries: number): Promise<TaskStore> {
    const { applicationId, stateDir, changelogIds } = this.#options;
    const topic = changelogTopic(applicationId, spec.name);
    const ordered = isOrdered(spec);
    const identity = `${topic}/${changelogIds.get(spec.name) ?? 'no changelog'}/${partition}`;
    const store =
      stateDir === undefined
        ? new MemoryStore({ ordered })
        : await this.#openOnDisk(`${stateDir}/${applicationId}/${taskId}/${spec.name}`, { identity, ordered, tries });
    return { spec, buffer: new WriteBuffer(store), changelogTopic: topic };
  }

  async #openOnDisk(
    path: string,
    { identity, ordered, tries: triesMax }: { identity: string; ordered: boolean; tries: number },
  ): Promise<ByteStore> {
    const { disk, timers, openStore = (place) => LevelStore.open({ ...place, reads: this.#reads }) } = this.#options;
    for (let tries = 1; ; tries += 1) {
      try {
        return await openStore({ path, disk, identity, ordered });
      } catch (error) {
        if (!isLocked(error) || tries >= triesMax) throw error;
        await new Promise<void>((resolve) => void timers.after(lockedRetryMs, resolve));
      }
    }
  }
}

function isLocked(error: unknown): boolean {
  return error instanceof StreamsError && error.code === 'NAGARE_STREAMS_STATE_LOCKED';
}
