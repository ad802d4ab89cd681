import type { Timer, Timers } from '@nagare/base';

/** What fetches wait for: a partition. */
type Awaited = object;

/** A request that waits for more records. */
export interface DelayedFetch {
  /** Tries to answer; true when it has. */
  tryComplete(): boolean;
  /** Answers with what there is: its time is up. */
  expire(): void;
}

interface Entry {
  readonly fetch: DelayedFetch;
  readonly partitions: readonly Awaited[];
  timer: Timer | undefined;
}

/**
 * Where Fetch requests wait. A partition that has more to read wakes its waiters once per turn of the event loop, so a
 * burst of appends completes each of them once.
 */
export class FetchPurgatory {
  readonly #timers: Timers;
  readonly #entries = new Map<Awaited, Set<Entry>>();
  readonly #woken = new Set<Awaited>();
  #isScheduled = false;
  #isClosed = false;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Requests that wait. */
  get size(): number {
    return new Set([...this.#entries.values()].flatMap((entries) => [...entries])).size;
  }

  /** Lets a request wait; the function that comes back ends that. */
  wait(fetch: DelayedFetch, partitions: readonly Awaited[], waitMs: number): () => void {
    if (this.#isClosed) {
      fetch.expire();
      return () => {};
    }
    const entry: Entry = { fetch, partitions, timer: undefined };
    for (const partition of partitions) {
      const entries = this.#entries.get(partition);
      if (entries === undefined) this.#entries.set(partition, new Set([entry]));
      else entries.add(entry);
    }
    entry.timer = this.#timers.after(waitMs, () => {
      this.#remove(entry);
      fetch.expire();
    });
    return () => {
      entry.timer?.cancel();
      this.#remove(entry);
    };
  }

  /** The partition has changed in a way that its readers may wait for. */
  wake(partition: Awaited): void {
    if (!this.#entries.has(partition)) return;
    this.#woken.add(partition);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#timers.soon(() => this.#flush());
  }

  /** Answers everything that waits, or comes to wait, with what there is: the broker stops. */
  close(): void {
    this.#isClosed = true;
    const entries = new Set([...this.#entries.values()].flatMap((waiting) => [...waiting]));
    for (const entry of entries) {
      entry.timer?.cancel();
      this.#remove(entry);
      entry.fetch.expire();
    }
  }

  #flush(): void {
    this.#isScheduled = false;
    const entries = new Set([...this.#woken].flatMap((partition) => [...(this.#entries.get(partition) ?? [])]));
    this.#woken.clear();
    for (const entry of entries) {
      if (!entry.fetch.tryComplete()) continue;
      entry.timer?.cancel();
      this.#remove(entry);
    }
  }

  #remove(entry: Entry): void {
    for (const partition of entry.partitions) {
      const entries = this.#entries.get(partition);
      entries?.delete(entry);
      if (entries?.size === 0) this.#entries.delete(partition);
    }
  }
}
