import type { Http, Timers } from '@nagare/base';
import type { Serde } from '@nagare/serdes';
import { parseTaskId, taskIdOf } from '../core/task-id.ts';
import { StreamsError } from '../errors.ts';
import type { Ask, Page } from './ask.ts';
import { ChangeFeeds } from './changes.ts';
import { KeyValueQuery } from './key-value-query.ts';
import { Lens } from './lens.ts';
import { LocalStores, type LocalStoresOptions, type QueryableSpec } from './local-stores.ts';
import { Owners } from './owners.ts';
import { type Reach, Router } from './router.ts';
import { SessionQuery } from './session-query.ts';
import { VersionedQuery } from './versioned-query.ts';
import { WindowQuery } from './window-query.ts';

export type QueryKind = QueryableSpec['kind'];

/** Names a store of a kind. The description of a store is one; serdes say what its keys and values are, and are not used. */
export interface StoreReference<Kind extends QueryKind, K, V> {
  readonly name: string;
  readonly kind: Kind;
  readonly key?: Serde<K>;
  readonly value?: Serde<V>;
}

/** How a query reaches its store. */
export interface QueryOptions {
  /** `'application'`: all partitions, those of other processes over HTTP; `'local'`: those of this process. Default: 'application'. */
  readonly scope?: 'application' | 'local';
  /** How long another process may take to answer, in milliseconds. Default: 5,000. */
  readonly timeoutMs?: number;
}

/** What each kind of store is read by. */
export interface QueryOf<K, V> {
  readonly 'key-value': KeyValueQuery<K, V>;
  readonly versioned: VersionedQuery<K, V>;
  readonly window: WindowQuery<K, V>;
  readonly session: SessionQuery<K, V>;
}

/** Where a key is. */
export interface KeyQueryMetadata {
  readonly partition: number;
  /** The `applicationServer` of the process that has the partition; undefined while that is not known. */
  readonly activeHost: string | undefined;
  /** The `applicationServer` of those that keep a copy. */
  readonly standbyHosts: readonly string[];
}

/** What one process has of a store. */
export interface StoreHostMetadata {
  /** Its `applicationServer`. */
  readonly host: string;
  readonly activePartitions: readonly number[];
  readonly standbyPartitions: readonly number[];
}

export interface QueriesOptions extends LocalStoresOptions {
  readonly server: string | undefined;
  readonly http: Http;
  readonly timers: Timers;
  readonly isCommittedOnly: boolean;
}

const timeoutMsDefault = 5_000;

/** All that can be asked of the stores of an application, from one of its processes. */
export class Queries {
  readonly stores: LocalStores;
  readonly owners = new Owners();
  readonly feeds: ChangeFeeds;
  readonly timers: Timers;
  readonly #router: Router;
  /** Where this process answers queries, if it does. */
  server: string | undefined;

  constructor(options: QueriesOptions) {
    const { http, timers, isCommittedOnly, running } = options;
    this.server = options.server;
    this.timers = timers;
    this.stores = new LocalStores(options);
    this.#router = new Router({ stores: this.stores, owners: this.owners, server: () => this.server, http, timers });
    this.feeds = new ChangeFeeds({ tasks: () => running()?.runningTasks ?? [], timers, isCommittedOnly });
  }

  /** Says that tasks have come or gone, or that the state has changed. */
  changed(): void {
    this.feeds.refresh();
    this.#router.changed();
  }

  /** @throws {StreamsError} `NAGARE_STREAMS_QUERY_STORE` when there is no such store, or one of another kind. */
  query<K, V>(reference: StoreReference<QueryKind, K, V>, options: QueryOptions = {}): QueryOf<K, V>[QueryKind] {
    const { name, kind } = reference;
    const { spec } = this.stores.storeOf(name);
    if (spec.kind !== kind) {
      throw new StreamsError('NAGARE_STREAMS_QUERY_STORE', `${name} is of the kind ${spec.kind}, not ${kind}`);
    }
    const lens = this.lens<K, V>(name, options);
    switch (kind) {
      case 'key-value':
        return new KeyValueQuery(lens);
      case 'versioned':
        return new VersionedQuery(lens);
      case 'window':
        return new WindowQuery(lens);
      case 'session':
        return new SessionQuery(lens);
    }
  }

  lens<K, V>(name: string, options: QueryOptions = {}): Lens<K, V> {
    const store = this.stores.storeOf(name);
    return new Lens<K, V>({
      ...{ store, stores: this.stores, router: this.#router, feeds: this.feeds },
      reach: reachOf(options),
    });
  }

  /** Answers a question of another process from what this one has. */
  answer(name: string, partition: number, ask: Ask): Page {
    return this.stores.answer(this.stores.storeOf(name), partition, ask);
  }

  metadataForKey<K>(name: string, key: K): KeyQueryMetadata {
    const { part } = this.stores.storeOf(name);
    const lens = this.lens<K, unknown>(name);
    const partition = lens.partitionOf(lens.keyBytes(key));
    if (part === undefined) return { partition, activeHost: this.server, standbyHosts: [] };
    const taskId = taskIdOf(part.id, partition);
    return {
      partition,
      activeHost: this.owners.activeHost(taskId),
      standbyHosts: this.owners.standbyHosts(taskId),
    };
  }

  allMetadata(name: string): StoreHostMetadata[] {
    const { part } = this.stores.storeOf(name);
    const partitionsIn = (tasks: readonly string[]) => {
      if (part === undefined) return [0];
      const own = tasks.map(parseTaskId).filter((task) => task?.subTopology === part.id);
      return own.map((task) => task?.partition ?? 0).sort((a, b) => a - b);
    };
    const all = this.owners.hosts.map(({ server: host, active, standby }) => ({
      host,
      activePartitions: partitionsIn(active),
      standbyPartitions: part === undefined ? [] : partitionsIn(standby),
    }));
    return all.filter(
      ({ activePartitions, standbyPartitions }) => activePartitions.length + standbyPartitions.length > 0,
    );
  }
}

function reachOf({ scope = 'application', timeoutMs = timeoutMsDefault }: QueryOptions): Reach {
  if (scope !== 'application' && scope !== 'local') {
    throw new TypeError(`scope must be 'application' or 'local', got ${String(scope)}`);
  }
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 1) {
    throw new RangeError(`timeoutMs must be a whole number of 1 or more, got ${timeoutMs}`);
  }
  return { scope, timeoutMs };
}
