import type { Disk, Timers } from '@nagare/base';
import type { TaskStore } from '../core/task.ts';
import { StreamsError } from '../errors.ts';
import type { ByteStore } from '../state/byte-store.ts';
import { LevelStore } from '../state/level.ts';
import { MemoryStore } from '../state/memory.ts';
import { isOrdered, type StoreSpec } from '../state/store-spec.ts';
import { WriteBuffer } from '../state/write-buffer.ts';
import { changelogTopic } from '../topology/names.ts';

export interface StateDirectoryOptions {
  readonly applicationId: string;
  /** Where stores lie; undefined keeps them in memory. */
  readonly stateDir: string | undefined;
  readonly disk: Disk;
  readonly timers: Timers;
  readonly changelogIds: ReadonlyMap<string, string>;
}

const lockedRetries = 50;
const lockedRetryMs = 200;

/** Opens the stores of tasks, each in a folder of its own: `<state dir>/<application>/<task>/<store>`. */
export class StateDirectory {
  readonly #options: StateDirectoryOptions;

  constructor(options: StateDirectoryOptions) {
    this.#options = options;
  }

  async open(spec: StoreSpec, { taskId, partition }: { taskId: string; partition: number }): Promise<TaskStore> {
    const { applicationId, stateDir, changelogIds } = this.#options;
    const topic = changelogTopic(applicationId, spec.name);
    const ordered = isOrdered(spec);
    const identity = `${topic}/${changelogIds.get(spec.name) ?? 'no changelog'}/${partition}`;
    const store =
      stateDir === undefined
        ? new MemoryStore({ ordered })
        : await this.#openLevel(`${stateDir}/${applicationId}/${taskId}/${spec.name}`, identity, ordered);
    return { spec, buffer: new WriteBuffer(store), changelogTopic: topic };
  }

  /** Waits for another process of this machine that is about to close the store. */
  async #openLevel(path: string, identity: string, ordered: boolean): Promise<ByteStore> {
    const { disk, timers } = this.#options;
    for (let tries = 1; ; tries += 1) {
      try {
        return await LevelStore.open({ path, disk, identity, ordered });
      } catch (error) {
        const isLocked = error instanceof StreamsError && error.code === 'NAGARE_STREAMS_STATE_LOCKED';
        if (!isLocked || tries === lockedRetries) throw error;
        await new Promise<void>((resolve) => void timers.after(lockedRetryMs, resolve));
      }
    }
  }
}
