import { type Clock, DiskError, type Log as Events, type Timer, type Timers } from '@nagare/base';
import type { CleanableRange } from '../log/compaction/cleanable-range.ts';
import type { Log } from '../log/log.ts';
import type { PartitionHost } from './partition-host.ts';

export interface LogCleanerOptions {
  readonly partitions: () => Iterable<PartitionHost>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly events: Events;
  /** How long it rests when no log needs it. */
  readonly backoffMs: number;
  /** Bounds the memory for the keys of one log. */
  readonly keyBytesMax: number;
}

interface Candidate {
  readonly host: PartitionHost;
  readonly range: CleanableRange;
}

/** Compacts the logs of a broker, one after the other, the one with the most that is new first. */
export class LogCleaner {
  readonly #options: LogCleanerOptions;
  /** Logs in which something is damaged: they are left alone until the next start. */
  readonly #uncleanable = new WeakSet<Log>();
  #timer: Timer | undefined;
  #running: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: LogCleanerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#rest();
  }

  /** Gives up what is under way. What was replaced stays so. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#running;
  }

  #rest(): void {
    this.#timer = this.#options.timers.after(this.#options.backoffMs, () => {
      this.#running = this.#cleanAll().then(() => {
        if (!this.#isClosed) this.#rest();
      });
    });
  }

  async #cleanAll(): Promise<void> {
    while (!this.#isClosed) {
      const next = this.#dirtiest();
      if (next === undefined || !(await this.#clean(next))) return;
    }
  }

  #dirtiest(): Candidate | undefined {
    const nowMs = this.#options.clock.nowMs();
    let dirtiest: Candidate | undefined;
    for (const host of this.#options.partitions()) {
      if (host.fault !== undefined || this.#uncleanable.has(host.log)) continue;
      const { lastStableOffset } = host.partition;
      const range = host.log.compaction.cleanable({ lastStableOffset, nowMs });
      if (range === undefined || range.dirtyRatio <= (dirtiest?.range.dirtyRatio ?? -1)) continue;
      dirtiest = { host, range };
    }
    return dirtiest;
  }

  /** Returns whether to go on at once. */
  async #clean({ host, range }: Candidate): Promise<boolean> {
    const { clock, events, keyBytesMax, timers } = this.#options;
    const { topic, index: partition, log } = host;
    try {
      const result = await log.compaction.run(range, {
        nowMs: clock.nowMs(),
        keyBytesMax,
        pause: () => new Promise((resolve) => timers.soon(resolve)),
        isStopped: () => this.#isClosed || host.fault !== undefined,
      });
      if (result !== undefined) events.info('log.compacted', { topic, partition, ...result });
      return result !== undefined;
    } catch (error) {
      if (host.fault !== undefined) return true;
      events.error('log.not-compacted', { topic, partition, error });
      // A disk that is full or fails may have come round by the next time.
      if (error instanceof DiskError) return false;
      this.#uncleanable.add(log);
      return true;
    }
  }
}
