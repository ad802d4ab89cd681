import type { TopicPartition } from '@nagare/client';
import type { ResolvedConfig } from '../config.ts';
import { taskAssignor } from '../core/assign.ts';
import type { DeserializationPolicy } from '../core/deserialization.ts';
import type { TaskStore } from '../core/task.ts';
import { StreamsError } from '../errors.ts';
import type { DropReason } from '../operators/define-operator.ts';
import { topicNames } from '../topology/names.ts';
import type { SubTopology, Topology } from '../topology/topology.ts';
import { Committer } from './committer.ts';
import { type ApplicationTopics, prepareTopics } from './internal-topics.ts';
import { OutputWriter } from './output-writer.ts';
import { restoreStores } from './restorer.ts';
import { StateDirectory } from './state-directory.ts';
import { StreamThread } from './stream-thread.ts';
import type { StreamsAdmin, StreamsConsumer, StreamsProducer } from './streams-client.ts';
import { TaskSet } from './task-set.ts';

/** A partition that was paused waits for the fetch under way before it is asked for again, so that one must be short. */
const fetchWaitMsMax = 100;

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
  readonly #producer: StreamsProducer;
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
    open: { admin: StreamsAdmin; producer: StreamsProducer; topics: ApplicationTopics },
  ) {
    this.#config = config;
    this.#hooks = hooks;
    this.#admin = open.admin;
    this.#producer = open.producer;
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
    this.#writer = new OutputWriter(open.producer);
    const { transactions } = open.producer;
    const isTransactional = this.#isTransactional;
    this.#committer = new Committer({
      writer: this.#writer,
      consumer: this.#consumer,
      transactions: isTransactional ? transactions : undefined,
      log: config.log,
    });
    this.#tasks = new TaskSet({
      topology,
      topicName,
      deserialization: policyOf(config),
      openStores: (part, partition) => this.#openStores(part, partition),
      committedMetadata: async (partitions) =>
        (await this.#consumer.committed(partitions)).map((committed) => committed?.metadata ?? undefined),
    });
    this.#thread = new StreamThread({
      ...config,
      consumer: this.#consumer,
      admin: open.admin,
      tasks: this.#tasks,
      writer: this.#writer,
      committer: this.#committer,
      clock,
      timers,
      repartitionTopics,
      isCommittedOnly: isTransactional,
      uncommittedBytesMax: config.statestoreUncommittedMaxBytes,
      signal: hooks.signal,
    });
  }

  /** Opens what an application needs, or nothing when something fails. */
  static async open(topology: Topology, config: ResolvedConfig, hooks: ApplicationHooks): Promise<Application> {
    const { client, applicationId, replicationFactor, processingGuarantee } = config;
    const isTransactional = processingGuarantee === 'exactly_once_v2';
    const admin = client.admin();
    const producer = client.producer({
      lingerMs: 100,
      ...(isTransactional ? { transactionalId: applicationId, deliveryTimeoutMs: 2 ** 31 - 1 } : {}),
    });
    try {
      if (isTransactional) await initTransactions(producer);
      const topics = await prepareTopics(admin, topology, { applicationId, replicationFactor });
      return new Application(topology, config, hooks, { admin, producer, topics });
    } catch (error) {
      await producer.close({ timeoutMs: 0 });
      await admin.close();
      throw error;
    }
  }

  get tasks(): readonly string[] {
    return this.#tasks.tasks.map(({ id }) => id);
  }

  get droppedRecords(): ReadonlyMap<DropReason, number> {
    return this.#tasks.droppedRecords;
  }

  /** Runs until it is told to stop, then commits and closes. @throws What it failed with, after closing all the same. */
  async run(): Promise<void> {
    let failure: { readonly error: unknown } | undefined;
    try {
      await this.#thread.run();
      await this.#thread.commit();
    } catch (error) {
      failure = { error };
      await this.#quietly('abort', () => this.#committer.abort());
    }
    await this.#quietly('close tasks', () => this.#tasks.remove(this.#tasks.tasks));
    await this.#quietly('close consumer', () => this.#consumer.close());
    await this.#quietly('close producer', () => this.#producer.close(failure === undefined ? {} : { timeoutMs: 0 }));
    await this.#quietly('close admin', () => this.#admin.close());
    if (failure !== undefined) throw failure.error;
  }

  get #isTransactional(): boolean {
    return this.#config.processingGuarantee === 'exactly_once_v2';
  }

  #openGroupConsumer(parts: readonly { readonly id: number; readonly topics: readonly string[] }[]): StreamsConsumer {
    const { client, applicationId, autoOffsetReset, sessionTimeoutMs, groupInstanceId } = this.#config;
    const consumer = client.consumer({
      groupId: applicationId,
      autoCommit: false,
      autoOffsetReset,
      sessionTimeoutMs,
      isolationLevel: this.#isTransactional ? 'read_committed' : 'read_uncommitted',
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
    await this.#tasks.add(partitions);
    this.#hooks.onTasks();
  }

  async #revoked(partitions: readonly TopicPartition[]): Promise<void> {
    this.#hooks.onRebalance();
    await this.#thread.commit();
    await this.#remove(partitions);
    this.#hooks.onTasks();
  }

  async #lost(partitions: readonly TopicPartition[]): Promise<void> {
    this.#hooks.onRebalance();
    await this.#committer.abort();
    await this.#remove(partitions);
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
    const isolationLevel = this.#isTransactional ? 'read_committed' : 'read_uncommitted';
    const options = { autoCommit: false, autoOffsetReset: 'earliest', isolationLevel } as const;
    return restoreStores(stores, at.partition, {
      admin: this.#admin,
      openConsumer: () => this.#config.client.consumer(options),
      isolationLevel,
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

async function initTransactions({ transactions }: StreamsProducer): Promise<void> {
  if (transactions === undefined) {
    throw new StreamsError('NAGARE_STREAMS_NO_TRANSACTIONS', 'use processingGuarantee: at_least_once');
  }
  await transactions.init();
}

function policyOf(config: ResolvedConfig): DeserializationPolicy {
  const { deserializationExceptionHandler: handler, errorsDeadLetterQueueTopicName: deadLetterTopic } = config;
  return { decide: typeof handler === 'function' ? handler : () => handler, deadLetterTopic };
}
