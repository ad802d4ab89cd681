import type { Log, Random } from '@nagare/base';
import type { ErrorName } from '@nagare/protocol';
import type { BrokerSettings } from '../config/broker-settings.ts';
import { controllerListenersOf } from '../config/listeners.ts';
import type { AlterConfigsCommand } from '../core/controller/configs.ts';
import { Controller } from '../core/controller/controller.ts';
import type { Decision, Outcome } from '../core/controller/decision.ts';
import type { UpdateFeaturesCommand } from '../core/controller/feature-update.ts';
import type {
  ConfigResource,
  EndpointImage,
  MetadataImage,
  TopicImage,
  TopicsDelta,
} from '../core/controller/image.ts';
import { activeBrokers } from '../core/controller/image.ts';
import { imageRecords } from '../core/controller/image-records.ts';
import { internalTopic } from '../core/controller/internal-topics.ts';
import type { CreatePartitionsCommand } from '../core/controller/partitions.ts';
import type { ProducerIdBlock } from '../core/controller/producer-ids.ts';
import type { DeleteTopicResult, TopicToDelete } from '../core/controller/topic-deletion.ts';
import type { CreateTopicResult, NewTopic } from '../core/controller/topics.ts';
import { BrokerError } from '../errors.ts';
import { MetadataJournal } from './metadata-journal.ts';
import type { MetadataLog } from './metadata-log.ts';
import type { MetadataSnapshots } from './metadata-snapshots.ts';
import type { QuorumStateStore } from './quorum-state.ts';
import { randomUuid } from './random-uuid.ts';

export interface ControllerHostOptions {
  readonly settings: BrokerSettings;
  readonly metadataLog: MetadataLog;
  readonly quorumState: QuorumStateStore;
  /** Where snapshots of the metadata are kept; without it there are none. */
  readonly snapshots?: MetadataSnapshots | undefined;
  readonly nowMs: () => number;
  /** The id of the data directory, from its meta.properties. */
  readonly directoryId: string;
  /** Where clients and brokers reach this broker. */
  readonly endpoints: readonly EndpointImage[];
  readonly random: Random;
  readonly log: Log;
}

/** Called after each change of the metadata and before it is answered. */
export type DeltaListener = (delta: TopicsDelta, image: MetadataImage) => void | Promise<void>;

/** How a wish that a topic exist ended. */
export type EnsuredTopic = Outcome & { readonly topic: TopicImage | undefined };

/**
 * Drives the controller of this node, the only voter of its quorum. One command is decided, made durable, replayed and
 * published before the next is looked at.
 */
export class ControllerHost {
  readonly #options: ControllerHostOptions;
  readonly #core: Controller;
  readonly #journal: MetadataJournal;
  readonly #listeners: DeltaListener[] = [];
  readonly #ensuring = new Map<string, Promise<EnsuredTopic>>();
  #producerIds: ProducerIdBlock = { first: 0, size: 0 };
  #leasing: Promise<void> | undefined;
  /** Ends when the last submitted command has. */
  #tail: Promise<unknown> = Promise.resolve();
  #failure: BrokerError | undefined;
  #committedOffset = -1;
  #leaderEpoch = 0;

  private constructor(options: ControllerHostOptions) {
    this.#options = options;
    this.#core = new Controller(options.settings);
    this.#journal = new MetadataJournal(options.metadataLog, options.snapshots);
  }

  /**
   * Replays the log, opens a new leader epoch and registers this broker.
   *
   * @throws {BrokerError} `NAGARE_BROKER_LOG_CORRUPT` when the log holds what no controller writes.
   */
  static async open(options: ControllerHostOptions): Promise<ControllerHost> {
    const host = new ControllerHost(options);
    await host.#start();
    return host;
  }

  async #start(): Promise<void> {
    const { settings, quorumState, metadataLog, endpoints, directoryId, random } = this.#options;
    const lastEpoch = await this.#journal.replay((record) => this.#core.replay(record));
    const leaderEpoch = Math.max(lastEpoch, (await quorumState.read())?.leaderEpoch ?? 0) + 1;
    this.#leaderEpoch = leaderEpoch;
    await quorumState.write({ leaderId: settings.nodeId, leaderEpoch, kraftVersion: this.kraftVersion });
    await this.#journal.open({ id: settings.nodeId, directoryId }, leaderEpoch);
    if (this.#core.isInTransaction) {
      await this.#commit([{ type: 'abortTransactionRecord', value: { reason: 'Controller failover' } }]);
    }
    this.#core.publish();
    if (this.image().features.size === 0) await this.#submit((core) => core.bootstrap());
    const registration = {
      ...{ brokerId: settings.nodeId, brokerEpoch: metadataLog.endOffset, incarnationId: randomUuid(random) },
      ...{ directoryId, endpoints, rack: settings.brokerRack },
    };
    await this.#submit((core) => core.registerBroker(registration));
  }

  /** The metadata as of the last committed change. */
  image(): MetadataImage {
    return this.#core.image;
  }

  /** The offset of the last record that {@link image} shows. */
  get committedOffset(): number {
    return this.#committedOffset;
  }

  /** The epoch in which this controller leads the quorum. */
  get leaderEpoch(): number {
    return this.#leaderEpoch;
  }

  /** The level of the quorum's own protocol: with 1, the log says who the voters are (KIP-853). */
  get kraftVersion(): number {
    return this.#journal.kraftVersion;
  }

  /** The offset after the last record of the metadata log. */
  get endOffset(): number {
    return this.#options.metadataLog.endOffset;
  }

  /**
   * Calls `listener` on every later change; the change is answered, and the next command decided, when its promise has
   * resolved. So it must not wait for a command of its own.
   */
  onDelta(listener: DeltaListener): void {
    this.#listeners.push(listener);
  }

  /** Refuses all further commands, and resolves when those under way have ended. */
  async close(): Promise<void> {
    this.#failure ??= new BrokerError('NAGARE_BROKER_STOPPED', 'controller');
    await this.#tail.catch(() => {});
  }

  createTopics(
    topics: readonly NewTopic[],
    options: { validateOnly?: boolean } = {},
  ): Promise<readonly CreateTopicResult[]> {
    const topicIds = topics.map(() => randomUuid(this.#options.random));
    return this.#submit((core) => core.createTopics({ topics, topicIds, validateOnly: options.validateOnly ?? false }));
  }

  deleteTopics(topics: readonly TopicToDelete[]): Promise<readonly DeleteTopicResult[]> {
    return this.#submit((core) => core.deleteTopics(topics));
  }

  createPartitions(command: CreatePartitionsCommand): Promise<readonly (Outcome & { readonly name: string })[]> {
    return this.#submit((core) => core.createPartitions(command));
  }

  alterConfigs(command: AlterConfigsCommand): Promise<readonly (Outcome & ConfigResource)[]> {
    return this.#submit((core) => core.alterConfigs(command));
  }

  updateFeatures(command: UpdateFeaturesCommand): Promise<Outcome> {
    return this.#submit((core) => core.updateFeatures(command, this.kraftVersion));
  }

  /** A topic that exists when this resolves, created when it did not. See {@link ensureTopics}. */
  async ensureTopic(name: string): Promise<EnsuredTopic> {
    return (await this.ensureTopics([name])).get(name) as EnsuredTopic;
  }

  /**
   * Creates those of the topics that do not exist: internal ones as the broker needs them, others with the defaults. A topic
   * that another call is creating is waited for, not created twice.
   */
  async ensureTopics(names: readonly string[]): Promise<ReadonlyMap<string, EnsuredTopic>> {
    const unique = [...new Set(names)];
    const missing = unique.filter((name) => !this.image().topicsByName.has(name) && !this.#ensuring.has(name));
    if (missing.length > 0) this.#beginEnsuring(missing);
    const entries = unique.map(async (name): Promise<[string, EnsuredTopic]> => {
      const pending = this.#ensuring.get(name);
      return [name, pending === undefined ? this.#existing(name, 'NONE', null) : await pending];
    });
    return new Map(await Promise.all(entries));
  }

  #beginEnsuring(names: readonly string[]): void {
    const { settings } = this.#options;
    const brokers = activeBrokers(this.image()).length;
    const creation = this.createTopics(names.map((name) => internalTopic(name, settings, brokers) ?? plainTopic(name)));
    for (const name of names) {
      const ensured = creation.then((results) => {
        const { error, message } = results.find((result) => result.name === name) as CreateTopicResult;
        return error === 'TOPIC_ALREADY_EXISTS'
          ? this.#existing(name, 'NONE', null)
          : this.#existing(name, error, message);
      });
      this.#ensuring.set(name, ensured);
      const forget = () => this.#ensuring.delete(name);
      ensured.then(forget, forget);
    }
  }

  #existing(name: string, error: ErrorName, message: string | null): EnsuredTopic {
    return { error, message, topic: this.image().topicsByName.get(name) };
  }

  /** A producer id that no producer of the cluster ever had. */
  async nextProducerId(): Promise<number> {
    while (this.#producerIds.size === 0) {
      this.#leasing ??= this.#lease();
      await this.#leasing;
    }
    const { first, size } = this.#producerIds;
    this.#producerIds = { first: first + 1, size: size - 1 };
    return first;
  }

  async #lease(): Promise<void> {
    try {
      this.#producerIds = await this.#submit((core) => core.allocateProducerIds(this.#options.settings.nodeId));
    } finally {
      this.#leasing = undefined;
    }
  }

  #submit<Response>(decide: (core: Controller) => Decision<Response>): Promise<Response> {
    const result = this.#tail.then(
      () => this.#run(decide),
      () => this.#run(decide),
    );
    this.#tail = result;
    return result;
  }

  async #run<Response>(decide: (core: Controller) => Decision<Response>): Promise<Response> {
    if (this.#failure !== undefined) throw this.#failure;
    const { records, response, kraftVersion } = decide(this.#core);
    if (kraftVersion !== undefined) await this.#guard(() => this.#upgradeQuorum(kraftVersion));
    if (records.length > 0) {
      await this.#commit(records);
      await this.#publish();
      await this.#snapshotWhenDue();
    }
    return response;
  }

  async #commit(records: Decision<unknown>['records']): Promise<void> {
    await this.#guard(() => this.#journal.append(records, (record) => this.#core.replay(record)));
  }

  /** The only voter is this node. */
  #upgradeQuorum(kraftVersion: number): Promise<void> {
    const { settings, directoryId } = this.#options;
    const endpoints = controllerListenersOf(settings);
    return this.#journal.upgradeQuorum(kraftVersion, [{ id: settings.nodeId, directoryId, endpoints }]);
  }

  async #guard(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (cause) {
      // What reached the disk is unknown, so that nothing may be decided on top of it before a restart has read the log.
      this.#failure = new BrokerError('NAGARE_BROKER_LOG_FAILED', '__cluster_metadata-0', { cause });
      throw this.#failure;
    }
  }

  /** A snapshot that cannot be written is no loss: the log has everything, and the next change tries again. */
  async #snapshotWhenDue(): Promise<void> {
    const { settings, log, nowMs } = this.#options;
    if (!this.#journal.isSnapshotDue(settings.metadataLogMaxRecordBytesBetweenSnapshots)) return;
    try {
      await this.#journal.snapshot(imageRecords(this.#core.image), nowMs());
    } catch (error) {
      log.error('controller.snapshot-failed', { error });
    }
  }

  async #publish(): Promise<void> {
    const delta = this.#core.publish();
    this.#committedOffset = this.#options.metadataLog.endOffset - 1;
    for (const listener of this.#listeners) {
      try {
        await listener(delta, this.#core.image);
      } catch (error) {
        // The change is committed: who asked for it must be told so, and the listener answers for what it lacks.
        this.#options.log.error('controller.delta-failed', { error });
      }
    }
  }
}

function plainTopic(name: string): NewTopic {
  return { name, numPartitions: -1, replicationFactor: -1, assignments: [], configs: [] };
}
