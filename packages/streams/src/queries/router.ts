import type { Http, Timers } from '@nagare/base';
import { CodedError } from '@nagare/base';
import { taskIdOf } from '../core/task-id.ts';
import { StreamsError } from '../errors.ts';
import type { Ask, Page } from './ask.ts';
import { type LocalStores, notOwned, type QueryableStore } from './local-stores.ts';
import type { Owners } from './owners.ts';
import { askPeer } from './peers.ts';

/** How long a question waits for partitions to settle before it is asked once more. */
const settleMsMax = 1_000;

export interface RouterOptions {
  readonly stores: LocalStores;
  readonly owners: Owners;
  /** Where this process answers, if it does. */
  readonly server: () => string | undefined;
  readonly http: Http;
  readonly timers: Timers;
}

/** How a question is asked. */
export interface Reach {
  /** Whether other processes are asked too. */
  readonly scope: 'application' | 'local';
  /** How long another process may take to answer. */
  readonly timeoutMs: number;
}

/** Takes questions to whoever has the partition: this process, or another one, which must answer itself. */
export class Router {
  readonly #options: RouterOptions;
  readonly #waiting = new Set<() => void>();

  constructor(options: RouterOptions) {
    this.#options = options;
  }

  /** Says that the application's state or the owners have changed. */
  changed(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /**
   * Asks about a partition. What may pass (a partition on its way, an owner that is gone) is tried once more when partitions have
   * moved, or a second later.
   *
   * @throws {StreamsError} What the second attempt failed with.
   */
  async ask(store: QueryableStore, partition: number, ask: Ask, reach: Reach): Promise<Page> {
    // Whoever asks may do so while a record is processed; when the promise has settled, it has been.
    await Promise.resolve();
    try {
      return await this.#attempt(store, partition, ask, reach);
    } catch (error) {
      if (reach.scope === 'local' || !isPassing(error)) throw error;
    }
    await this.#settled();
    return this.#attempt(store, partition, ask, reach);
  }

  /** The partitions of a store that can be asked for. @throws {StreamsError} `NAGARE_STREAMS_NOT_RUNNING` */
  partitionsOf(store: QueryableStore, { scope }: Reach): readonly number[] {
    const { stores } = this.#options;
    if (scope === 'local') return stores.partitionsOf(store);
    return Array.from({ length: stores.partitionCount(store) }, (_, partition) => partition);
  }

  async #attempt(store: QueryableStore, partition: number, ask: Ask, reach: Reach): Promise<Page> {
    const { stores, owners, server, http } = this.#options;
    const { spec, part } = store;
    if (reach.scope === 'local' || part === undefined || stores.has(store, partition)) {
      return stores.answer(store, partition, ask);
    }
    const owner = owners.activeHost(taskIdOf(part.id, partition));
    if (owner !== undefined && owner !== server()) {
      return askPeer(http, owner, { store: spec.name, partition, ask }, reach.timeoutMs);
    }
    throw notOwned(spec.name, partition, owner === undefined ? '; its owner is not known' : ' is on its way here');
  }

  #settled(): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        timer.cancel();
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = this.#options.timers.after(settleMsMax, wake);
      this.#waiting.add(wake);
    });
  }
}

/** An application that is closed here will not come back. */
function isPassing(error: unknown): boolean {
  if (error instanceof StreamsError && error.code === 'NAGARE_STREAMS_NOT_RUNNING') return error.retriable;
  return error instanceof CodedError && error.retriable;
}
