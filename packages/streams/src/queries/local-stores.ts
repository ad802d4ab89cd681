import type { StreamsState } from '../config.ts';
import type { Task, TaskStore } from '../core/task.ts';
import { StreamsError } from '../errors.ts';
import type { BytesStoreSpec, StoreSpec } from '../state/store-spec.ts';
import { closest } from '../suggest.ts';
import { taskCount } from '../topology/copartition.ts';
import { changelogTopic, topicNames } from '../topology/names.ts';
import type { SubTopology, Topology } from '../topology/topology.ts';
import { answer } from './answer.ts';
import type { Ask, Page } from './ask.ts';

/** A store that can be queried: all but those whose bytes an operator makes itself. */
export type QueryableSpec = Exclude<StoreSpec, BytesStoreSpec>;

/** A store of a topology. */
export interface QueryableStore {
  readonly spec: QueryableSpec;
  /** What its tasks run; undefined for a global table, which every process has whole. */
  readonly part: SubTopology | undefined;
  /** The topic that serdes are told. */
  readonly topic: string;
}

/** What a running application shows of itself. */
export interface RunningStores {
  readonly runningTasks: readonly Task[];
  readonly globalStores: readonly TaskStore[];
  /** Partitions of everything that it reads, by real names. */
  readonly partitionsOf: ReadonlyMap<string, number>;
}

export interface LocalStoresOptions {
  readonly topology: Topology;
  readonly applicationId: string;
  readonly state: () => StreamsState;
  readonly running: () => RunningStores | undefined;
}

const neverPut = { ms: -1 };

/** The stores that this process has, to be read. */
export class LocalStores {
  readonly #options: LocalStoresOptions;
  readonly #stores = new Map<string, QueryableStore>();
  readonly #topicName: (name: string) => string;

  constructor(options: LocalStoresOptions) {
    this.#options = options;
    const { topology, applicationId } = options;
    this.#topicName = topicNames(applicationId, topology.repartitionTopics);
    for (const part of topology.subTopologies) {
      for (const spec of part.stores) {
        if (spec.kind === 'bytes') continue;
        this.#stores.set(spec.name, { spec, part, topic: changelogTopic(applicationId, spec.name) });
      }
    }
    for (const { store: spec, topic } of topology.globalTables) {
      this.#stores.set(spec.name, { spec, part: undefined, topic });
    }
  }

  get names(): readonly string[] {
    return [...this.#stores.keys()];
  }

  /** @throws {StreamsError} `NAGARE_STREAMS_QUERY_STORE` when the topology has no such store. */
  storeOf(name: string): QueryableStore {
    const store = this.#stores.get(name);
    if (store !== undefined) return store;
    const guess = closest(name, this.names);
    const hint = guess === undefined ? '' : `; did you mean ${guess}?`;
    throw new StreamsError('NAGARE_STREAMS_QUERY_STORE', `${name}${hint}`);
  }

  /** The partitions of a store. @throws {StreamsError} `NAGARE_STREAMS_NOT_RUNNING` */
  partitionCount({ part }: QueryableStore): number {
    if (part === undefined) return 1;
    const { partitionsOf } = this.#running();
    const real = part.sources.map((source) => ({ ...source, topics: source.topics.map(this.#topicName) }));
    return taskCount({ ...part, sources: real }, partitionsOf) ?? 0;
  }

  /** The partitions of a store that this process has. */
  partitionsOf(store: QueryableStore): number[] {
    const { part, spec } = store;
    if (part === undefined) return [0];
    const tasks = this.#running().runningTasks.filter(({ stores }) => stores.some((each) => each.spec === spec));
    return tasks.map(({ partition }) => partition).sort((a, b) => a - b);
  }

  has(store: QueryableStore, partition: number): boolean {
    return this.partitionsOf(store).includes(partition);
  }

  /**
   * Answers a question about a partition that this process has.
   *
   * @throws {StreamsError} `NAGARE_STREAMS_NOT_RUNNING`, `NAGARE_STREAMS_REBALANCING`, `NAGARE_STREAMS_NOT_OWNED`, and what
   * {@link answer} throws.
   */
  answer(store: QueryableStore, partition: number, ask: Ask): Page {
    const { runningTasks, globalStores } = this.#running();
    const { spec, part } = store;
    if (part === undefined) {
      const global = globalStores.find((each) => each.spec === spec);
      if (global !== undefined) return answer(global, neverPut, ask);
    }
    for (const task of runningTasks) {
      if (task.partition !== partition) continue;
      const found = task.stores.find((each) => each.spec === spec);
      if (found !== undefined) return answer(found, task.observedTime(`store:${spec.name}`), ask);
    }
    // It may be on its way here, or still be restored.
    if (this.#options.state() === 'REBALANCING') throw rebalancing('ask again');
    throw notOwned(spec.name, partition);
  }

  #running(): RunningStores {
    const state = this.#options.state();
    const running = this.#options.running();
    if (state !== 'RUNNING' && state !== 'REBALANCING') throw new StreamsError('NAGARE_STREAMS_NOT_RUNNING', state);
    if (running !== undefined) return running;
    throw rebalancing('it has just been started');
  }
}

function rebalancing(detail: string): StreamsError {
  return new StreamsError('NAGARE_STREAMS_REBALANCING', detail, { retriable: true });
}

/** The error of a partition that this process does not have. */
export function notOwned(store: string, partition: number, where = ''): StreamsError {
  const detail = `partition ${partition} of ${store}${where}`;
  return new StreamsError('NAGARE_STREAMS_NOT_OWNED', detail, { retriable: true });
}
