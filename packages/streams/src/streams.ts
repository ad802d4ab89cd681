import {
  type DottedConfig,
  type ResolvedConfig,
  resolveConfig,
  type StreamsConfig,
  type StreamsState,
} from './config.ts';
import { deferred, settled } from './deferred.ts';
import { StreamsError } from './errors.ts';
import { Application } from './host/application.ts';
import type { MemoryLimits } from './host/memory-limits.ts';
import type { DropReason } from './operators/define-operator.ts';
import type { KeyValueQuery } from './queries/key-value-query.ts';
import {
  type KeyQueryMetadata,
  Queries,
  type QueryKind,
  type QueryOf,
  type QueryOptions,
  type StoreHostMetadata,
  type StoreReference,
} from './queries/queries.ts';
import type { Topology } from './topology/topology.ts';

/** The key of the property by which `serveQueries` reaches what an application can be asked. */
export const queries = Symbol('queries');

/** The key of the property by which a thread tells its application what it may take from now on. */
export const memoryLimits = Symbol('memoryLimits');

/**
 * Runs a topology against a Kafka cluster.
 *
 * Several processes with the same application share its tasks. It runs in the caller's event loop; `StreamsThreads` runs one in each of
 * several threads.
 *
 * @example Run until the process is told to stop
 * ```ts
 * await using streams = new Streams(topology, { applicationId: 'shop', brokers: 'localhost:9092' });
 * await streams.start();
 * await streams.finished;
 * ```
 */
export class Streams implements AsyncDisposable {
  readonly #topology: Topology;
  readonly #config: ResolvedConfig;
  readonly #stop = new AbortController();
  readonly #finished = deferred();
  #closeTimeoutMs = 30_000;
  #isPaused = false;
  #leavesGroup = false;
  #memoryLimits: MemoryLimits | undefined;
  #state: StreamsState = 'CREATED';
  #application: Application | undefined;
  /** @internal */
  readonly [queries]: Queries;

  /**
   * @param topology - What to run, from `StreamsBuilder.build()`.
   * @param config - The configuration, by TypeScript's or Kafka's names.
   * @throws {StreamsError} `NAGARE_STREAMS_CONFIG`, naming the setting.
   */
  constructor(topology: Topology, config: StreamsConfig | DottedConfig) {
    this.#topology = topology;
    this.#config = resolveConfig(config);
    const { applicationId, applicationServer, http, platform, processingGuarantee } = this.#config;
    this[queries] = new Queries({
      ...{ topology, applicationId, http, timers: platform.timers },
      server: applicationServer,
      isCommittedOnly: processingGuarantee === 'exactly_once_v2',
      state: () => this.#state,
      running: () => this.#application,
    });
  }

  get state(): StreamsState {
    return this.#state;
  }

  /** Resolves when the application was closed; rejects with what it failed with. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  /** The tasks that this process runs at the moment, as `<sub-topology>_<partition>`. */
  get tasks(): readonly string[] {
    return this.#application?.tasks ?? [];
  }

  /**
   * The tasks whose state this process keeps for others (`numStandbyReplicas`) or before it takes them over, with how many changelog
   * records each lacks; infinity before that is known.
   */
  get standbyTasks(): ReadonlyMap<string, number> {
    return this.#application?.standbyTasks ?? new Map();
  }

  /**
   * The tasks that are assigned to this process and do not run yet, because their state is still read from changelogs while others
   * run, with how many changelog records each lacks.
   */
  get restoringTasks(): ReadonlyMap<string, number> {
    return this.#application?.restoringTasks ?? new Map();
  }

  /** Records that were dropped so far by the tasks of this process, by the reason. */
  get droppedRecords(): ReadonlyMap<DropReason, number> {
    return this.#application?.droppedRecords ?? new Map();
  }

  /**
   * Reads a state store by its name or its description, wherever its partitions are: those of other processes are asked over HTTP,
   * where they have {@link serveQueries}.
   *
   * @param store - A store's name: of a key-value store then. Or its description, or its name and kind with serdes that
   * say what it holds.
   * @returns What reads it. It can be made before the start; what it asks needs a running application.
   * @throws {StreamsError} `NAGARE_STREAMS_QUERY_STORE` when the topology has no such store of that kind. What it asks
   * rejects with `NAGARE_STREAMS_NOT_RUNNING`, and, after a second try, `NAGARE_STREAMS_REBALANCING`,
   * `NAGARE_STREAMS_NOT_OWNED` and `NAGARE_STREAMS_OWNER_UNREACHABLE`.
   * @example How often a word came
   * ```ts
   * const count = await streams.query<string, number>('counts').get('river');
   * ```
   */
  query<K = unknown, V = unknown>(store: string, options?: QueryOptions): KeyValueQuery<K, V>;
  query<Kind extends QueryKind, K = unknown, V = unknown>(
    store: StoreReference<Kind, K, V>,
    options?: QueryOptions,
  ): QueryOf<K, V>[Kind];
  query<K, V>(store: string | StoreReference<QueryKind, K, V>, options?: QueryOptions): QueryOf<K, V>[QueryKind] {
    const reference = typeof store === 'string' ? ({ name: store, kind: 'key-value' } as const) : store;
    return this[queries].query<K, V>(reference, options);
  }

  /**
   * Where a key of a store is, as the last rebalance left it.
   *
   * @throws {StreamsError} `NAGARE_STREAMS_QUERY_STORE`, `NAGARE_STREAMS_NOT_RUNNING`.
   */
  queryMetadataForKey<K>(store: string, key: K): KeyQueryMetadata {
    return this[queries].metadataForKey(store, key);
  }

  /** The processes that have partitions of a store. @throws {StreamsError} `NAGARE_STREAMS_QUERY_STORE`. */
  allMetadataForStore(store: string): StoreHostMetadata[] {
    return this[queries].allMetadata(store);
  }

  /**
   * Prepares the application's own topics and starts to run; what fails later rejects {@link finished}.
   *
   * @throws {StreamsError} `NAGARE_STREAMS_TOPIC_MISSING`, `NAGARE_STREAMS_NOT_COPARTITIONED`,
   * `NAGARE_STREAMS_INTERNAL_TOPIC`, or `NAGARE_STREAMS_NOT_RUNNING` when it was started before.
   */
  async start(): Promise<void> {
    if (this.#state !== 'CREATED') throw new StreamsError('NAGARE_STREAMS_NOT_RUNNING', 'start() works once');
    this.#become('REBALANCING');
    const onTasks = () => this.#become(this.#stop.signal.aborted ? 'PENDING_SHUTDOWN' : 'RUNNING');
    const onRebalance = () => this.#become(this.#stop.signal.aborted ? 'PENDING_SHUTDOWN' : 'REBALANCING');
    const closing = { closeTimeoutMs: () => this.#closeTimeoutMs, leavesGroup: () => this.#leavesGroup };
    const { owners } = this[queries];
    const server = () => this[queries].server;
    const onHosts: typeof owners.update = (hosts) => owners.update(hosts);
    const isPaused = () => this.#isPaused;
    const hooks = { onTasks, onRebalance, server, onHosts, isPaused, signal: this.#stop.signal, ...closing };
    try {
      this.#application = await Application.open(this.#topology, this.#config, hooks);
    } catch (error) {
      this.#fail(error);
      throw error;
    }
    if (this.#memoryLimits !== undefined) this.#application.memoryLimits = this.#memoryLimits;
    this.#application.run().then(
      () => this.#end(),
      (error) => this.#fail(error),
    );
  }

  /**
   * Lets tasks take no more records and call no punctuators until {@link resume} is called (KIP-834): what the current round has begun
   * ends. The process stays in its group, commits what it has done, and goes on to restore tasks and to keep standbys.
   *
   * It can be called before {@link start}. Other processes of the application know nothing of it.
   */
  pause(): void {
    this.#isPaused = true;
  }

  /** Lets tasks go on. */
  resume(): void {
    this.#isPaused = false;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /**
   * Commits what was processed, leaves the group and closes everything. Further calls wait for the same end.
   *
   * @param options.signal - Stops waiting; the closing goes on.
   * @param options.timeoutMs - How long calls of `mapAsync` are waited for. Then they are abandoned, with what their tasks did since the
   * last commit. Default: 30,000.
   * @param options.leaveGroup - A static member (`groupInstanceId`) leaves as well, so that others get its tasks at once and not when its
   * session has timed out (KIP-812). Default: false.
   */
  async close({ signal, timeoutMs = 30_000, leaveGroup = false }: CloseOptions = {}): Promise<void> {
    this.#closeTimeoutMs = timeoutMs;
    this.#leavesGroup ||= leaveGroup;
    if (this.#state === 'CREATED') this.#end();
    if (this.#state === 'RUNNING' || this.#state === 'REBALANCING') this.#become('PENDING_SHUTDOWN');
    this.#stop.abort();
    await settled(this.#finished.promise, signal);
  }

  /** @internal */
  set [memoryLimits](limits: MemoryLimits) {
    this.#memoryLimits = limits;
    if (this.#application !== undefined) this.#application.memoryLimits = limits;
  }

  /** Removes the application's local state. It must not run in this or another process of the machine. */
  async cleanUp(): Promise<void> {
    if (this.#state !== 'CREATED' && this.#state !== 'NOT_RUNNING' && this.#state !== 'ERROR') {
      throw new TypeError(`cleanUp() needs an application that does not run; it is ${this.#state}`);
    }
    const { stateDir, applicationId, platform } = this.#config;
    if (stateDir !== undefined) await platform.disk.removeDirectory(`${stateDir}/${applicationId}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #end(): void {
    this.#become('NOT_RUNNING');
    this.#finished.resolve();
  }

  #fail(error: unknown): void {
    this.#config.log.error('streams.failed', { applicationId: this.#config.applicationId, error });
    this.#become('PENDING_ERROR');
    this.#become('ERROR');
    this.#finished.reject(error);
  }

  #become(next: StreamsState): void {
    const before = this.#state;
    if (before !== next) this.#enter(next, before);
    if (next === 'NOT_RUNNING' || next === 'ERROR') this[queries].feeds.close();
    this[queries].changed();
  }

  #enter(next: StreamsState, before: StreamsState): void {
    this.#state = next;
    this.#config.log.info('streams.state', { applicationId: this.#config.applicationId, before, now: next });
    this.#config.stateListener(next, before);
  }
}

/** How an application is closed. */
export interface CloseOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly leaveGroup?: boolean;
}
