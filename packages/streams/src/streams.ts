import {
  type DottedConfig,
  type ResolvedConfig,
  resolveConfig,
  type StreamsConfig,
  type StreamsState,
} from './config.ts';
import { StreamsError } from './errors.ts';
import { Application } from './host/application.ts';
import type { DropReason } from './operators/define-operator.ts';
import type { Topology } from './topology/topology.ts';

/**
 * Runs a topology against a Kafka cluster.
 *
 * Several processes with the same application share its tasks. It runs in the caller's event loop.
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
  readonly #finished: PromiseWithResolvers;
  #state: StreamsState = 'CREATED';
  #application: Application | undefined;

  /**
   * @param topology - What to run, from `StreamsBuilder.build()`.
   * @param config - The configuration, by TypeScript's or Kafka's names.
   * @throws {StreamsError} `NAGARE_STREAMS_CONFIG`, naming the setting.
   */
  constructor(topology: Topology, config: StreamsConfig | DottedConfig) {
    this.#topology = topology;
    this.#config = resolveConfig(config);
    this.#finished = promiseWithResolvers();
    // Whoever does not wait for the end learns of it by the state; a rejection nobody waits for must not end the process.
    this.#finished.promise.catch(() => undefined);
  }

  get state(): StreamsState {
    return this.#state;
  }

  /** Resolves when the application was closed; rejects with what it failed with. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  /** The tasks that this process has at the moment, as `<sub-topology>_<partition>`. */
  get tasks(): readonly string[] {
    return this.#application?.tasks ?? [];
  }

  /** Records that were dropped so far by the tasks of this process, by the reason. */
  get droppedRecords(): ReadonlyMap<DropReason, number> {
    return this.#application?.droppedRecords ?? new Map();
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
    const hooks = { onTasks, onRebalance, signal: this.#stop.signal };
    try {
      this.#application = await Application.open(this.#topology, this.#config, hooks);
    } catch (error) {
      this.#fail(error);
      throw error;
    }
    this.#application.run().then(
      () => this.#end(),
      (error) => this.#fail(error),
    );
  }

  /**
   * Commits what was processed, leaves the group and closes everything. Further calls wait for the same end.
   *
   * @param options.signal - Stops waiting; the closing goes on.
   */
  async close({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (this.#state === 'CREATED') this.#end();
    if (this.#state === 'RUNNING' || this.#state === 'REBALANCING') this.#become('PENDING_SHUTDOWN');
    this.#stop.abort();
    const ended = this.#finished.promise.catch(() => undefined);
    await (signal === undefined ? ended : Promise.race([ended, rejected(signal)]));
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
    if (before === next) return;
    this.#state = next;
    this.#config.log.info('streams.state', { applicationId: this.#config.applicationId, before, now: next });
    this.#config.stateListener(next, before);
  }
}

interface PromiseWithResolvers {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

function promiseWithResolvers(): PromiseWithResolvers {
  let resolve: () => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

function rejected(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
