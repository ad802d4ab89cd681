import type { StoredPair } from '../core/shard.ts';
import type { RecordLog } from '../host/shard-host.ts';

/** A log in memory whose appends are committed when the test says so. */
export class MemoryRecordLog implements RecordLog {
  readonly batches: (readonly StoredPair[])[] = [];
  /** Makes reading fail as long as it is set. */
  replayError: Error | undefined = undefined;
  isManual = false;
  replays = 0;
  readonly #pending: { readonly commit: () => void; readonly fail: (error: Error) => void }[] = [];

  get pendingCount(): number {
    return this.#pending.length;
  }

  append(records: readonly StoredPair[]): Promise<void> {
    if (!this.isManual) {
      this.batches.push(records);
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const commit = () => {
        this.batches.push(records);
        resolve();
      };
      this.#pending.push({ commit, fail: reject });
    });
  }

  async replay(each: (record: StoredPair) => void): Promise<void> {
    this.replays += 1;
    if (this.replayError !== undefined) throw this.replayError;
    for (const batch of this.batches) batch.forEach(each);
  }

  /** Commits the oldest append that waits. */
  commit(): void {
    this.#pending.shift()?.commit();
  }

  fail(error: Error): void {
    this.#pending.shift()?.fail(error);
  }
}
