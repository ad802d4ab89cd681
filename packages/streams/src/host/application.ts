import type { TopicPartition } from '@nagare/client';
import type { ResolvedConfig } from '../config.ts';
import { type AssignablePart, taskAssignor } from '../core/assign.ts';
import { decodeOrders } from '../core/member-data.ts';
import type { Task, TaskStore } from '../core/task.ts';
import type { DropReason } from '../operators/define-operator.ts';
import { type HostsOptions, withHosts } from '../queries/hosts-assignor.ts';
import type { RunningStores } from '../queries/local-stores.ts';
import { topicNames } from '../topology/names.ts';
import type { Topology } from '../topology/topology.ts';
import { AsyncCaller } from './async-caller.ts';
import { Committer } from './committer.ts';
import type { GlobalTables } from './global-tables.ts';
import { type ApplicationTopics, prepareTopics } from './internal-topics.ts';
import { memoryBounds } from './memory-bounds.ts';
import type { MemoryLimits } from './memory-limits.ts';
import { OffsetResets } from './offset-resets.ts';
import { assignableParts, isolationLevelOf, openGlobals, openOutput, taskSettings } from './opening.ts';
import { OutputLimits } from './output-limits.ts';
import type { OutputProducer } from './output-producer.ts';
import { OutputWriter } from './output-writer.ts';
import { type ProcessId, takeProcessId } from './process-id.ts';
import { isRecoverable } from './recoverable.ts';
import { StandbyMember } from './standby-member.ts';
import { StateKeeper } from './state-keeper.ts';
import { StreamThread } from './stream-thread.ts';
import type { StreamsAdmin, StreamsConsumer } from './streams-client.ts';
import { addCounts, TaskSet } from './task-set.ts';

/** A partition that was paused waits for the fetch under way before it is asked for again, so that one must be short. */
const fetchWaitMsMax = 100;

/** A member that is asked to rebalance learns of it by its next heartbeat; a third of the session lets two of them get lost. */
const heartbeatIntervalMsMax = 3_000;

/** How long the abort of what a failed application has written may take. */
const abortMsMax = 2_000;

/** How long a rebalance waits for calls of tasks before what they did since the last commit is given up. */
const callsMsMax = 10_000;

/** What the application tells, and what stops it. */
export interface ApplicationHooks {
  /** New tasks are ready to run. */
  readonly onTasks: () => void;
  /** Partitions are being moved. */
  readonly onRebalance: () => void;
  readonly signal: AbortSignal;
  /** Where this process answers queries, if it does. */
  readonly server: () => string | undefined;
  /** Told which process has which tasks. */
  readonly onHosts: HostsOptions['onHosts'];
  /** How long the end of the application waits for calls under way. */
  readonly closeTimeoutMs: () => number;
  /** Whether tasks are to do nothing. */
  readonly isPaused: () => boolean;
  /** Whether it leaves the group at its end although it is a static member. */
  readonly leavesGroup: () => boolean;
}

/** What is there before an application is. */
interface Opened {
  readonly admin: StreamsAdmin;
  readonly processId: ProcessId;
  readonly topics: ApplicationTopics;
  readonly globals: GlobalTables;
  readonly limits: OutputLimits;
}

/** Everything that a running application holds open, and how it comes and goes. */
export class Application implements RunningStores {
  /** Partitions of everything that it reads, by real names. */
  readonly partitionsOf: ReadonlyMap<string, number>;
  readonly #config: ResolvedConfig;
  readonly #hooks: ApplicationHooks;
  readonly #admin: StreamsAdmin;
  readonly #processId: ProcessId;
  readonly #globals: GlobalTables;
  readonly #output: OutputProducer;
  readonly #consumer: StreamsConsumer;
  readonly #tasks: TaskSet;
  readonly #offsetResets: OffsetResets;
  readonly #writer: OutputWriter;
  readonly #committer: Committer;
  readonly #thread: StreamThread;
  readonly #parts: readonly AssignablePart[];
  readonly #state: StateKeeper;
  readonly #member: StandbyMember;
  /** Whether the last commit was made or is out of the question: an open transaction may not be committed without its tasks. */
  #isOver = false;

  private constructor(topology: Topology, config: ResolvedConfig, hooks: ApplicationHooks, open: Opened) {
    this.#config = config;
    this.#hooks = hooks;
    this.partitionsOf = open.topics.partitionsOf;
    this.#admin = open.admin;
    this.#processId = open.processId;
    this.#globals = open.globals;
    const { timers, clock } = config.platform;
    const { changelogIds, repartitionTopics } = open.topics;
    const topicName = topicNames(config.applicationId, topology.repartitionTopics);
    this.#state = new StateKeeper(topology, config, { admin: open.admin, changelogIds, signal: hooks.signal });
    this.#member = this.#makeMember();
    this.#parts = assignableParts(topology, topicName);
    this.#consumer = this.#openGroupConsumer();
    this.#subscribe();
    this.#output = openOutput(topology, config, { processId: open.processId.id, signal: hooks.signal });
    this.#writer = new OutputWriter(this.#output);
    const writing = { output: this.#output, writer: this.#writer, consumer: this.#consumer };
    this.#committer = new Committer({ ...writing, log: config.log });
    const resetting = { topicName, ownTopics: repartitionTopics, usual: config.autoOffsetReset };
    this.#offsetResets = new OffsetResets(topology, resetting);
    this.#tasks = new TaskSet({
      topology,
      topicName,
      globals: open.globals.stores,
      ...taskSettings(config, open.limits),
      clock,
      openStores: (part, at) => this.#state.openStores(part, at),
      restoring: this.#state.restoring,
      consumer: this.#consumer,
      offsetResets: this.#offsetResets,
    });
    this.#thread = new StreamThread({
      ...config,
      ...writing,
      admin: open.admin,
      tasks: this.#tasks,
      committer: this.#committer,
      globals: open.globals,
      isPaused: hooks.isPaused,
      changelogs: { update: () => this.#followChangelogs() },
      calls: new AsyncCaller(timers),
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
      const topicName = topicNames(applicationId, topology.repartitionTopics);
      const [limits, globals] = await Promise.all([
        OutputLimits.learn(topology, { admin, topicName, platform, log: config.log }),
        openGlobals(topology, config, { admin, topics, signal: hooks.signal }),
      ]);
      const application = new Application(topology, config, hooks, { admin, processId, topics, globals, limits });
      await application.#quietly('end transaction', () => application.#output.endWhatIsLeft());
      await application.#quietly('take stock', () => application.#state.standbys.takeStock());
      return application;
    } catch (error) {
      await admin.close();
      await processId.release();
      throw error;
    }
  }

  get tasks(): readonly string[] {
    return this.#tasks.tasks.map(({ id }) => id);
  }

  get runningTasks(): readonly Task[] {
    return this.#tasks.tasks;
  }

  get globalStores(): readonly TaskStore[] {
    return this.#globals.stores;
  }

  get standbyTasks(): ReadonlyMap<string, number> {
    return this.#state.standbys.lags;
  }

  get restoringTasks(): ReadonlyMap<string, number> {
    return this.#state.restoring.lags;
  }

  get droppedRecords(): ReadonlyMap<DropReason, number> {
    const sums = new Map(this.#tasks.droppedRecords);
    addCounts(sums, this.#globals.droppedRecords);
    return sums;
  }

  set memoryLimits({ cacheBytesMax, uncommittedBytesMax }: MemoryLimits) {
    this.#tasks.cacheBytesMax = cacheBytesMax;
    this.#thread.uncommittedBytesMax = uncommittedBytesMax;
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
    this.#isOver = true;
    await this.#quietly('close tasks', () => this.#tasks.close());
    if (this.#hooks.leavesGroup()) await this.#quietly('leave the group', () => this.#consumer.unsubscribe());
    await this.#quietly('close consumer', () => this.#consumer.close());
    await this.#quietly('close standbys', () => this.#state.close());
    await this.#quietly('close global tables', () => this.#globals.close());
    await this.#quietly('close producer', () =>
      this.#output.close(failure === undefined ? {} : { timeoutMs: abortMsMax }),
    );
    await this.#quietly('close admin', () => this.#admin.close());
    await this.#quietly('release the process id', () => this.#processId.release());
    if (failure !== undefined) throw failure.error;
  }

  #makeMember(): StandbyMember {
    return new StandbyMember({
      ...this.#config,
      standbys: this.#state.standbys,
      assigned: () => this.#tasks.assigned,
      rejoin: () => this.#subscribe(),
      onOrders: () => this.#tellState(),
      clock: this.#config.platform.clock,
    });
  }

  #openGroupConsumer(): StreamsConsumer {
    const { client, applicationId, autoOffsetReset, sessionTimeoutMs, groupInstanceId } = this.#config;
    return client.consumer({
      groupId: applicationId,
      autoCommit: false,
      autoOffsetReset,
      sessionTimeoutMs,
      heartbeatIntervalMs: Math.min(heartbeatIntervalMsMax, Math.ceil(sessionTimeoutMs / 3)),
      isolationLevel: isolationLevelOf(this.#config),
      assignors: [withHosts(taskAssignor(this.#parts, this.#config, this.#member), this.#hostsOptions())],
      allowAutoTopicCreation: false,
      fetchWaitMsMax,
      ...memoryBounds.input,
      ...(groupInstanceId === undefined ? {} : { groupInstanceId }),
    });
  }

  /** How members tell each other where they answer queries. */
  #hostsOptions(): HostsOptions {
    const { server, onHosts } = this.#hooks;
    return { server, onHosts, subTopologies: this.#parts, standbyTasksOf: (data) => decodeOrders(data).standby };
  }

  /** Joins the group, or asks it to place tasks anew. */
  #subscribe(): void {
    const listener = {
      onAssigned: (partitions: readonly TopicPartition[]) => this.#assigned(partitions),
      onRevoked: (partitions: readonly TopicPartition[]) => this.#revoked(partitions),
      onLost: (partitions: readonly TopicPartition[]) => this.#lost(partitions),
    };
    this.#consumer.subscribe({ topics: [...new Set(this.#parts.flatMap(({ topics }) => topics))], listener });
  }

  async #assigned(partitions: readonly TopicPartition[]): Promise<void> {
    // Opening stores takes its time, and what is open would wait for it.
    if (partitions.length > 0 && this.#output.isInTransaction) await this.#commitOrRecover([...partitions]);
    await this.#tasks.add(partitions);
    this.#tellState();
  }

  async #revoked(partitions: readonly TopicPartition[]): Promise<void> {
    this.#hooks.onRebalance();
    if (!this.#isOver) await this.#commitOrRecover(partitions);
    await this.#remove(partitions);
    this.#tellState();
  }

  async #lost(partitions: readonly TopicPartition[]): Promise<void> {
    this.#hooks.onRebalance();
    if (this.#output.isInTransaction) await this.#output.reset();
    await this.#remove(partitions);
  }

  /** Says whether all tasks run that are assigned. */
  #tellState(): void {
    if (this.#tasks.isRestoring) this.#hooks.onRebalance();
    else this.#hooks.onTasks();
  }

  /** Lets stores go on that follow their changelogs, and tasks whose stores have come to the end. Says whether there may be more. */
  async #followChangelogs(): Promise<boolean> {
    this.#member.update();
    const hasCome = await this.#state.read(this.#tasks.tasks.length === 0);
    const haveBegun = await this.#tasks.beginRestored();
    if (haveBegun) this.#tellState();
    return hasCome || haveBegun;
  }

  async #commitOrRecover(others: readonly TopicPartition[]): Promise<void> {
    try {
      const isWhole = await this.#settleCalls(callsMsMax);
      const { isTransactional } = this.#output;
      const isCommitted = (isWhole || !isTransactional) && (await this.#thread.commit());
      // What tasks that go leave in an open transaction would be committed without their offsets.
      if (!isCommitted && isTransactional) await this.#takeBack(others);
    } catch (error) {
      await this.#recover(error, others);
    }
  }

  /** Waits for calls under way. False when some take too long: what their tasks did cannot be committed. */
  async #settleCalls(waitMs: number): Promise<boolean> {
    const late = new AbortController();
    const timer = this.#config.platform.timers.after(waitMs, () => late.abort());
    try {
      return await this.#thread.settleCalls(late.signal);
    } finally {
      timer.cancel();
    }
  }

  /** The last commit may come too late for the transaction: whoever takes over does the work again. */
  async #commitLast(): Promise<void> {
    try {
      const isWhole = await this.#settleCalls(this.#hooks.closeTimeoutMs());
      const isCommitted = (isWhole || !this.#output.isTransactional) && (await this.#thread.commit());
      if (!isCommitted && this.#output.isInTransaction) await this.#output.reset();
    } catch (error) {
      if (!this.#output.isTransactional || !isRecoverable(error)) throw error;
      this.#config.log.warn('streams.last-commit-failed', { error });
    }
  }

  async #beginAnew(error: unknown): Promise<void> {
    await this.#recover(error);
    this.#tellState();
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
    await this.#takeBack(others);
  }

  async #takeBack(others: readonly TopicPartition[]): Promise<void> {
    await this.#output.reset();
    await this.#end(this.#tasks.tasks);
    // Tasks that are restored have done nothing yet.
    const known = this.#tasks.restoringOf(this.#consumer.assignment()).flatMap(({ own }) => own);
    const without = new Set([...others, ...known].map(({ topic, partition }) => `${partition} ${topic}`));
    const ours = this.#consumer.assignment().filter(({ topic, partition }) => !without.has(`${partition} ${topic}`));
    await this.#rewind(ours);
    await this.#tasks.add(ours);
  }

  /** Reads on from what is committed. */
  async #rewind(partitions: readonly TopicPartition[]): Promise<void> {
    const committed = await this.#consumer.committed(partitions);
    for (const [at, { topic, partition }] of partitions.entries()) {
      const offset = committed[at]?.offset;
      if (offset !== undefined) this.#consumer.seek({ topic, partition, offset });
    }
    const unread = partitions.filter((_, at) => committed[at] === undefined);
    this.#offsetResets.apply(this.#consumer, unread);
  }

  async #remove(partitions: readonly TopicPartition[]): Promise<void> {
    await this.#end(this.#tasks.tasksOf(partitions));
    await this.#tasks.removeRestoring(this.#tasks.restoringOf(partitions), (task) => this.#state.standbys.adopt(task));
  }

  async #end(gone: readonly Task[]): Promise<void> {
    for (const task of gone) {
      for (const { changelogTopic } of task.stores) this.#writer.forget(changelogTopic, task.partition);
    }
    await this.#tasks.remove(gone, (task) => this.#state.standbys.adopt(task));
  }

  async #quietly(what: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.#config.log.warn('streams.close-failed', { what, error });
    }
  }
}
