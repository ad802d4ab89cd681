import { latestTimeMs, restoredFrom } from '../../state/changelog.ts';
import { MemoryStore } from '../../state/memory.ts';
import type { StoreSpec } from '../../state/store-spec.ts';
import type { PartitionLog, TestIsolation } from './partition-log.ts';

/** A store as of its last commit. */
export class KeptStore {
  readonly rows = new MemoryStore({ ordered: true });
  /** The largest time that a restore has brought, if the store forgets by time. */
  restoredTimeMs = -1;

  /** Brings the store to the end of its changelog, and returns how many records it lacked. */
  restore(spec: StoreSpec, changelog: PartitionLog, isolation: TestIsolation): number {
    const from = this.rows.position ?? 0;
    const position = changelog.endFor(isolation);
    if (from >= position) return 0;
    const records = changelog.read(from, isolation);
    this.restoredTimeMs = Math.max(this.restoredTimeMs, latestTimeMs(spec, records));
    this.rows.apply({ ...restoredFrom(spec, this.rows, records), position });
    return records.length;
  }
}

/** What an instance has of stores on its disk. It outlives a crash, unless the disk is lost too. */
export class StateFolder {
  readonly #tasks = new Map<string, Map<string, KeptStore>>();

  /** A store of a task, empty when there was none. */
  open(taskId: string, name: string): KeptStore {
    const stores = this.#tasks.get(taskId) ?? new Map<string, KeptStore>();
    this.#tasks.set(taskId, stores);
    const store = stores.get(name) ?? new KeptStore();
    stores.set(name, store);
    return store;
  }

  /** How far the stores of each task reach: the sums of their positions in the changelogs. */
  get positions(): Map<string, number> {
    const sum = (stores: Map<string, KeptStore>) =>
      [...stores.values()].reduce((total, { rows }) => total + (rows.position ?? 0), 0);
    return new Map([...this.#tasks].map(([taskId, stores]) => [taskId, sum(stores)]));
  }
}
