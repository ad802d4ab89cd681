import type { TopicPartition } from '@nagare/client';
import type { ResolvedConfig } from '../config.ts';
import { taskAssignor } from '../core/assign.ts';
import type { DeserializationPolicy } from '../core/deserialization.ts';
import type { ErrorPolicy } from '../core/failures.ts';
import type { TaskStore } from '../core/task.ts';
import type { DropReason } from '../operators/define-operator.ts';
import { topicNames } from '../topology/names.ts';
import type { SubTopology, Topology } from '../topology/topology.ts';
import { Committer } from './committer.ts';
import { GlobalTables } from './global-tables.ts';
import { type ApplicationTopics, prepareTopics } from './internal-topics.ts';
import { OutputProducer } from './output-producer.ts';
import { OutputWriter } from './output-writer.ts';
import { type ProcessId, takeProcessId } from './process-id.ts';
import { isRecoverable } from './recoverable.ts';
import { restoreStores } from './restorer.ts';
import { StateDirectory } from './state-directory.ts';
import { StreamThread } from './stream-thread.ts';
import type { StreamsAdmin, StreamsConsumer, StreamsProducer } from './streams-client.ts';
import { addCounts, TaskSet } from './task-set.ts';

/** A partition that was paused waits for the fetch under way before it is asked for again, so that one must be short. */
const fetchWaitMsMax = 100;

const lingerMs = 100;

/** A member that is asked to rebalance learns of it by its next heartbeat; a third of the session lets two of them get lost. */
const heartbeatIntervalMsMax = 3_000;

/** How long the abort of what a failed application has written may take. */
const abortMsMax = 2_000;

/** How long a transaction may stay open beyond the time between two commits: what a crash leaves open blocks others for it. */
const transactionTimeoutMs = 10_000;

/** What the application tells, and what stops it. */
export interface ApplicationHooks {
  /** New tasks are ready to run. */
  readonly onTasks: () => void;
  /** Partitions are being moved. */
  readonly onRebalance: () => void;
  readonly signal: AbortSignal;
}

/** Everything that a running application holds open, and how it comes and goes. */
export class Application {
  readonly #config: ResolvedConfig;
  readonly #hooks: ApplicationHooks;
  readonly #admin: StreamsAdmin;
  readonly #processId: ProcessId;
  readonly #globals: GlobalTables;
  readonly #output: OutputProducer;
  readonly #consumer: StreamsConsumer;
  readonly #tasks: TaskSet;
  readonly #writer: OutputWriter;
  readonly #committer: Committer;
  readonly #thread: StreamThread;
  readonly #stateDirectory: StateDirectory;

  private constructor(
    topology: Topology,
    config: ResolvedConfig,
    hooks: ApplicationHooks,
    open: { admin: StreamsAdmin; processId: ProcessId; topics: ApplicationTopics; globals: GlobalTables },
  ) {
    this.#config = config;
    this.#hooks = hooks;
    this.#admin = open.admin;
    this.#processId = open.processId;
    this.#globals = open.globals;
    const { applicationId, stateDir, platform } = config;
    const { disk, timers, clock } = platform;
    const { changelogIds, repartitionTopics } = open.topics;
    this.#stateDirectory = new StateDirectory({ applicationId, stateDir, disk, timers, changelogIds });
    const topicName = topicNames(applicationId, topology.repartitionTopics);
    const parts = topology.subTopologies.map(({ id, sources }) => ({
      id,
      topics: sources.flatMap((source) => source.topics.map(topicName)),
    }));
    this.#consumer = this.#openGroupConsumer(parts);
    const isTransactional = config.processingGuarantee === 'exactly_once_v2';
    this.#output = new OutputProducer({
      open: () => openProducer(config, open.processId.id),
      isTransactional,
      log: config.log,
      signal: hooks.signal,
    });
    this.#writer = new OutputWriter(this.#output);
    const writing = { output: this.#output, writer: this.#writer, consumer: this.#consumer };
    this.#committer = new Committer({ ...writing, log: config.log });
    this.#tasks = new TaskSet({
      topology,
      topicName,
      globals: open.globals.stores,
      deserialization: policyOf(config),
      errors: errorPolicyOf(config),
      emitIntervalMs: config.emitIntervalMs,
      clock,
      openStores: (part, partition) => this.#openStores(part, partition),
      committedMetadata: async (partitions) =>
        (await this.#consumer.committed(partitions)).map((committed) => committed?.metadata ?? undefined),
    });
    this.#thread = new StreamThread({
      ...config,
      ...writing,
      admin: open.admin,
      tasks: this.#tasks,
      committer: this.#committer,
      globals: open.globals,
      recover: (error) => this.#beginAnew(error),
      clock,
      timers,
      repartitionTopics,
      uncommittedBytesMax: config.statestoreUncommittedMaxBytes,
      signal: hooks.signal,
    });
  }

  /** Opens what an application needs, or nothing when something fails. */
  static async open(topology: Topology, config: ResolvedConfig, hooks: ApplicationHooks): Promise<Application> {
    const { client, applicationId, replicationFactor, stateDir, platform } = config;
    const admin = client.admin();
    const processId = await takeProcessId({ ...platform, applicationId, stateDir });
    try {
      const topics = await prepareTopics(admin, topology, { applicationId, replicationFactor });
      const globals = await openGlobals(topology, config, { admin, topics, signal: hooks.signal });
      return new Application(topology, config, hooks, { admin, processId, topics, globals });
    } catch (error) {
      await admin.close();
      await processId.release();
      throw error;
    }
  }

  get tasks(): readonly string[] {
    return this.#tasks.tasks.map(({ id }) => id);
  }

  get droppedRecords(): ReadonlyMap<DropReason, number> {
    const sums = new Map(this.#tasks.droppedRecords);
    addCounts(sums, this.#globals.droppedRecords);
    return sums;
  }

  /** Runs until it is told to stop, then commits and closes. @throws What it failed with, after closing all the same. */
  async run(): Promise<void> {
    let failure: { readonly error: unknown } | undefined;
    try {
      await this.#thread.run();
      await this.#commitLast();
    } catch (error) {
      failure = { error };
    }
    await this.#quietly('close tasks', () => this.#tasks.remove(this.#tasks.tasks));
    await this.#quietly('close consumer', () => this.#consumer.close());
    await this.#quietly('close global tables', () => this.#globals.close());
    await this.#quietly('close producer', () =>
      this.#output.close(failure === undefined ? {} : { timeoutMs: abortMsMax }),
    );
    await this.#quietly('close admin', () => this.#admin.close());
    await this.#quietly('release the process id', () => this.#processId.release());
    if (failure !== undefined) throw failure.error;
  }

  #openGroupConsumer(parts: readonly { readonly id: number; readonly topics: readonly string[] }[]): StreamsConsumer {
    const { client, applicationId, autoOffsetReset, sessionTimeoutMs, groupInstanceId } = this.#config;
    const consumer = client.consumer({
      groupId: applicationId,
      autoCommit: false,
      autoOffsetReset,
      sessionTimeoutMs,
      heartbeatIntervalMs: Math.min(heartbeatIntervalMsMax, Math.ceil(sessionTimeoutMs / 3)),
      isolationLevel: isolationLevelOf(this.#config),
      assignors: [taskAssignor(parts)],
      allowAutoTopicCreation: false,
      fetchWaitMsMax,
      ...(groupInstanceId === undefined ? {} : { groupInstanceId }),
    });
    const listener = {
      onAssigned: (partitions: readonly TopicPartition[]) => this.#assigned(partitions),
      onRevoked: (partitions: readonly TopicPartition[]) => this.#revoked(partitions),
      onLost: (partitions: readonly TopicPartition[]) => this.#lost(partitions),
    };
    consumer.subscribe({ topics: [...new Set(parts.flatMap(({ topics }) => topics))], listener });
    return consumer;
  }

  async #assigned(partitions: readonly TopicPartition[]): Promise<void> {
    // Restoring takes its time, and what is open would wait for it.
    if (partitions.length > 0 && this.#output.isInTransaction) await this.#commitOrRecover([...partitions]);
    await this.#tasks.add(partitions);
    this.#hooks.onTasks();
  }

  async #revoked(partitions: readonly TopicPartition[]): Promise<void> {
    this.#hooks.onRebalance();
    await this.#commitOrRecover(partitions);
    await this.#remove(partitions);
    this.#hooks.onTasks();
  }

  async #lost(partitions: readonly TopicPartition[]): Promise<void> {
    this.#hooks.onRebalance();
    if (this.#output.isInTransaction) await this.#output.reset();
    await this.#remove(partitions);
  }

  async #commitOrRecover(others: readonly TopicPartition[]): Promise<void> {
    try {
      await this.#thread.commit();
    } catch (error) {
      await this.#recover(error, others);
    }
  }

  /** The last commit may come too late for the transaction: whoever takes over does the work again. */
  async #commitLast(): Promise<void> {
    try {
      await this.#thread.commit();
    } catch (error) {
      if (!this.#output.isTransactional || !isRecoverable(error)) throw error;
      this.#config.log.warn('streams.last-commit-failed', { error });
    }
  }

  async #beginAnew(error: unknown): Promise<void> {
    await this.#recover(error);
    this.#hooks.onTasks();
  }

  /**
   * Takes everything back to the last commit: outputs and changelogs are aborted, tasks begin anew.
   *
   * @param others - Partitions that are assigned and have no task of ours afterwards.
   * @throws The error, when doing the work again cannot help, or there are no transactions that take it back.
   */
  async #recover(error: unknown, others: readonly TopicPartition[] = []): Promise<void> {
    if (!this.#output.isTransactional || !isRecoverable(error)) throw error;
    this.#config.log.warn('streams.transaction-failed', { error });
    await this.#output.reset();
    await this.#remove(this.#consumer.assignment());
    const without = new Set(others.map(({ topic, partition }) => `${partition} ${topic}`));
    const ours = this.#consumer.assignment().filter(({ topic, partition }) => !without.has(`${partition} ${topic}`));
    await this.#rewind(ours);
    await this.#tasks.add(ours);
  }

  /** Reads on from what is committed. */
  async #rewind(partitions: readonly TopicPartition[]): Promise<void> {
    const committed = await this.#consumer.committed(partitions);
    const unread = partitions.filter((_, at) => committed[at] === undefined);
    for (const [at, { topic, partition }] of partitions.entries()) {
      const offset = committed[at]?.offset;
      if (offset !== undefined) this.#consumer.seek({ topic, partition, offset });
    }
    if (this.#config.autoOffsetReset === 'earliest') this.#consumer.seekToBeginning(unread);
    else this.#consumer.seekToEnd(unread);
  }

  async #remove(partitions: readonly TopicPartition[]): Promise<void> {
    const gone = this.#tasks.tasksOf(partitions);
    for (const task of gone) {
      for (const { changelogTopic } of task.stores) this.#writer.forget(changelogTopic, task.partition);
    }
    await this.#tasks.remove(gone);
  }

  async #openStores(part: SubTopology, partition: number): Promise<TaskStore[]> {
    const at = { taskId: `${part.id}_${partition}`, partition };
    const stores: TaskStore[] = [];
    try {
      for (const spec of part.stores) stores.push(await this.#stateDirectory.open(spec, at));
      await this.#restore(stores, at);
      return stores;
    } catch (error) {
      for (const { buffer } of stores) await this.#quietly('close store', () => buffer.store.close());
      throw error;
    }
  }

  #restore(stores: TaskStore[], at: { readonly taskId: string; readonly partition: number }): Promise<void> {
    const options = readerOptions(this.#config);
    return restoreStores(stores, at.partition, {
      admin: this.#admin,
      openConsumer: () => this.#config.client.consumer(options),
      signal: this.#hooks.signal,
      reopen: async ({ spec, buffer }) => {
        await buffer.store.discard();
        return this.#stateDirectory.open(spec, at);
      },
    });
  }

  async #quietly(what: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.#config.log.warn('streams.close-failed', { what, error });
    }
  }
}

function isolationLevelOf({ processingGuarantee }: ResolvedConfig): 'read_committed' | 'read_uncommitted' {
  return processingGuarantee === 'exactly_once_v2' ? 'read_committed' : 'read_uncommitted';
}

/** How topics are read whole, without a group. */
function readerOptions(config: ResolvedConfig) {
  return { autoCommit: false, autoOffsetReset: 'earliest', isolationLevel: isolationLevelOf(config) } as const;
}

function openGlobals(
  { globalTables: tables }: Topology,
  config: ResolvedConfig,
  { admin, topics, signal }: { admin: StreamsAdmin; topics: ApplicationTopics; signal: AbortSignal },
): Promise<GlobalTables> {
  const options = readerOptions(config);
  const openConsumer = () => config.client.consumer(options);
  const { partitionsOf } = topics;
  const { isolationLevel } = options;
  const policy = policyOf(config);
  return GlobalTables.open({ tables, partitionsOf, policy, admin, openConsumer, isolationLevel, signal });
}

function openProducer(config: ResolvedConfig, processId: string): StreamsProducer {
  const { client, applicationId, commitIntervalMs, processingGuarantee } = config;
  if (processingGuarantee === 'at_least_once') return client.producer({ lingerMs });
  return client.producer({
    lingerMs,
    transactionalId: `${applicationId}-${processId}-1`,
    transactionTimeoutMs: commitIntervalMs + transactionTimeoutMs,
    // What cannot be delivered in time ends with the transaction.
    deliveryTimeoutMs: 2 ** 31 - 1,
  });
}

function policyOf(config: ResolvedConfig): DeserializationPolicy {
  const { deserializationExceptionHandler: handler, errorsDeadLetterQueueTopicName: deadLetterTopic } = config;
  return { decide: typeof handler === 'function' ? handler : () => handler, deadLetterTopic };
}

function errorPolicyOf(config: ResolvedConfig): ErrorPolicy {
  const { processingExceptionHandler: processing, productionExceptionHandler: production } = config;
  return {
    processing: typeof processing === 'function' ? processing : () => processing,
    production: typeof production === 'function' ? production : () => production,
    deadLetterTopic: config.errorsDeadLetterQueueTopicName,
  };
}
