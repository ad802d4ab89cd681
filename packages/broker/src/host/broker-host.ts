import type { Address, Log as Events, Platform, Timer } from '@nagare/base';
import type { BrokerServices } from '../api/context.ts';
import { effectiveSettings } from '../config/broker-config.ts';
import type { BrokerSettings } from '../config/broker-settings.ts';
import { listenersOf } from '../config/listeners.ts';
import { brokerConfigsOf, type MetadataImage } from '../core/controller/image.ts';
import { Partition } from '../core/partition/partition.ts';
import { FaultPlan } from '../embedded/fault-plan.ts';
import type { Log } from '../log/log.ts';
import { defaultLogConfig } from '../log/log-config.ts';
import { BrokerListener } from './broker-listener.ts';
import { ControllerHost } from './controller-host.ts';
import { FetchPurgatory } from './fetch-purgatory.ts';
import { FetchSessionCache } from './fetch-session-cache.ts';
import { GroupHost, offsetsTopicName } from './group-host.ts';
import { clusterViewOf, groupHostSettings } from './group-host-settings.ts';
import { LogCleaner } from './log-cleaner.ts';
import type { LogStore } from './log-store.ts';
import { MemoryBudget } from './memory-budget.ts';
import { MetadataPartition } from './metadata-partition.ts';
import type { MetadataSnapshots } from './metadata-snapshots.ts';
import { offsetsTopicOf } from './offsets-topic.ts';
import { type Durability, PartitionHost } from './partition-host.ts';
import { Partitions } from './partitions.ts';
import type { QuorumStateStore } from './quorum-state.ts';
import { stateTopicOf } from './state-topic.ts';
import { TransactionHost } from './transaction-host.ts';
import { transactionHostSettings } from './transaction-host-settings.ts';

/** The id that Kafka gives the topic of the metadata log. */
const metadataTopicId = 'AAAAAAAAAAAAAAAAAAAAAQ';
/** The partition of the metadata log, which no topic of the image holds. */
export const metadataPartition = { topic: '__cluster_metadata', partition: 0 } as const;

/** Where a broker's state lives, opened and locked. */
export interface BrokerStorage {
  readonly clusterId: string;
  readonly directoryId: string;
  /** Its path; a word for the memory of the process where there is none. */
  readonly directory: string;
  readonly durability: Durability;
  readonly logs: LogStore;
  readonly quorumState: QuorumStateStore;
  /** Where snapshots of the metadata are; nowhere in memory. */
  readonly snapshots?: MetadataSnapshots | undefined;
}

export interface BrokerHostOptions {
  readonly settings: BrokerSettings;
  readonly storage: BrokerStorage;
  readonly platform: Platform;
  /** What connections and requests wait by. Default: the clock and timers of the platform. */
  readonly waits?: Pick<Platform, 'clock' | 'timers'>;
  readonly log: Events;
}

/** One running broker: it opens its parts in order, and closes them in the reverse order. */
export class BrokerHost {
  readonly #options: BrokerHostOptions;
  readonly #listeners: BrokerListener[] = [];
  readonly addresses: Address[] = [];
  #services: BrokerServices | undefined;
  readonly #housekeeping = new Set<Timer>();
  #cleaner: LogCleaner | undefined;
  #metadataLog: Log | undefined;
  readonly #faults: FaultPlan;
  #stopping: Promise<void> | undefined;
  /** The settings as of these configs of the metadata. */
  #settings: { readonly configs?: MetadataImage['configs']; readonly values?: BrokerSettings } = {};

  private constructor(options: BrokerHostOptions) {
    this.#options = options;
    this.#faults = new FaultPlan(this.#waits.timers);
  }

  get #waits(): Pick<Platform, 'clock' | 'timers'> {
    return this.#options.waits ?? this.#options.platform;
  }

  static async start(options: BrokerHostOptions): Promise<BrokerHost> {
    const host = new BrokerHost(options);
    try {
      await host.#start();
      return host;
    } catch (error) {
      await host.stop({ graceMs: 0 });
      throw error;
    }
  }

  get services(): BrokerServices {
    return this.#services as BrokerServices;
  }

  /** The log of the metadata, which no topic of the image holds. */
  get metadataLog(): Log {
    return this.#metadataLog as Log;
  }

  /** What the broker goes by now: some settings can be changed while it runs. */
  #currentSettings(image: MetadataImage): BrokerSettings {
    const { settings } = this.#options;
    if (this.#settings.configs !== image.configs) {
      const values = effectiveSettings(settings, brokerConfigsOf(image, settings));
      this.#settings = { configs: image.configs, values };
    }
    return this.#settings.values ?? settings;
  }

  /** Lets requests in flight end, then closes logs so that the next start has nothing to recover. Safe to call twice. */
  stop(options: { readonly graceMs: number }): Promise<void> {
    this.#stopping ??= this.#stop(options.graceMs);
    return this.#stopping;
  }

  async #start(): Promise<void> {
    const { settings, storage, platform, log } = this.#options;
    const { clock, timers, random } = platform;
    const purgatory = new FetchPurgatory(this.#waits.timers);
    const nowMs = () => clock.nowMs();
    const controller = await this.#openController(purgatory);
    const partitions = new Partitions({
      ...{ nodeId: settings.nodeId, given: settings.given, durability: storage.durability, store: storage.logs },
      ...{ purgatory, events: log, nowMs, faults: this.#faults },
    });
    const groups = this.#createGroups(controller, partitions);
    const transactions = this.#createTransactions({ controller, partitions, groups });
    const current = () => this.#currentSettings(controller.image());
    this.#services = {
      ...{ nodeId: settings.nodeId, clusterId: storage.clusterId, clock, timers, random, log },
      get settings() {
        return current();
      },
      ...{ waits: this.#waits, faults: this.#faults },
      ...{ image: () => controller.image(), controller, partitions, purgatory, groups, transactions },
      directory: storage.directory,
      fetchSessions: new FetchSessionCache({ slots: settings.maxIncrementalFetchSessionCacheSlots, random }),
      checkpoint: () => storage.logs.tend(partitions.highWatermarks()),
    };
    controller.onDelta(async (delta, image) => {
      await partitions.apply(delta, image);
      for (const topic of delta.deleted) groups.topicDeleted(topic);
      groups.clusterChanged(clusterViewOf(image, settings));
    });
    const image = controller.image();
    await storage.logs.removeStrays((topic, index) => {
      const known = image.topicsByName.get(topic);
      return known?.partitions[index] === undefined ? undefined : known.id;
    });
    await partitions.load(image);
    groups.start();
    transactions.start();
    await this.#listen(this.#services);
    this.#keepHouse();
    this.#startCleaner();
  }

  async #openController(purgatory: FetchPurgatory): Promise<ControllerHost> {
    const { settings, storage, platform, log } = this.#options;
    const nowMs = () => platform.clock.nowMs();
    const { topic, partition: index } = metadataPartition;
    const place = { ...metadataPartition, topicId: metadataTopicId };
    const metadataLog = await storage.logs.open({ ...place, config: metadataLogConfig });
    this.#metadataLog = metadataLog;
    const partition = new PartitionHost({
      ...{ topic, topicId: metadataTopicId, index, isInternal: true, log: metadataLog, nowMs },
      partition: new Partition({ log: metadataLog, leaderEpoch: metadataLog.epochs.latest }),
      durability: storage.durability === 'memory' ? 'memory' : 'fsync',
      purgatory,
    });
    partition.restored();
    return ControllerHost.open({
      ...{ settings, metadataLog: new MetadataPartition(partition, nowMs), quorumState: storage.quorumState },
      ...{ snapshots: storage.snapshots, nowMs },
      ...{ directoryId: storage.directoryId, random: platform.random, log },
      endpoints: listenersOf(settings).map(({ name, host, port, advertised }) => ({
        ...{ name, host: advertised?.host ?? host, port: advertised?.port ?? port },
      })),
    });
  }

  #createGroups(controller: ControllerHost, partitions: Partitions): GroupHost {
    const { settings, platform, log } = this.#options;
    const { clock, timers, random } = platform;
    return new GroupHost({
      ...{ clock, timers, random, log },
      settings: groupHostSettings(settings),
      topic: offsetsTopicOf({ image: () => controller.image(), controller, partitions }),
      cluster: () => clusterViewOf(controller.image(), settings),
    });
  }

  #createTransactions(parts: {
    readonly controller: ControllerHost;
    readonly partitions: Partitions;
    readonly groups: GroupHost;
  }): TransactionHost {
    const { controller, partitions, groups } = parts;
    const { settings, platform, log } = this.#options;
    const { clock, timers } = platform;
    const image = () => controller.image();
    return new TransactionHost({
      ...{ clock, timers, log },
      settings: transactionHostSettings(settings),
      topic: stateTopicOf({ image, controller, partitions }),
      nextProducerId: () => controller.nextProducerId(),
      hasPartition: ({ topic, partition }) => image().topicsByName.get(topic)?.partitions[partition] !== undefined,
      // Offsets that are staged in a group's log are applied or dropped with the marker, which only the group can do.
      writeMarker: async ({ topic, partition }, marker) =>
        topic === offsetsTopicName
          ? groups.writeMarker(partition, marker)
          : (partitions.get(topic, partition)?.writeMarker(marker) ?? 'NOT_LEADER_OR_FOLLOWER'),
    });
  }

  async #listen(broker: BrokerServices): Promise<void> {
    const shared = {
      memory: new MemoryBudget(this.#options.settings.nagareInFlightBytesMax),
      perAddress: new Map<string, number>(),
    };
    for (const { host, port, advertised } of listenersOf(this.#options.settings)) {
      const listener = new BrokerListener({
        address: { host, port },
        advertised: advertised?.port === 0 ? undefined : advertised,
        broker,
        network: this.#options.platform.network,
        ...shared,
      });
      this.#listeners.push(listener);
      this.addresses.push(await listener.open());
    }
  }

  #keepHouse(): void {
    const { settings, log } = this.#options;
    const failed = (error: unknown) => log.error('housekeeping.failed', { error });
    this.#every(settings.logRetentionCheckIntervalMs, () => this.#applyRetention());
    this.#every(settings.logFlushOffsetCheckpointIntervalMs, () => this.services.checkpoint().catch(failed));
  }

  #startCleaner(): void {
    const { settings, platform, log } = this.#options;
    if (!settings.logCleanerEnable) return;
    this.#cleaner = new LogCleaner({
      partitions: () => this.services.partitions.all(),
      ...{ clock: platform.clock, timers: platform.timers, events: log },
      ...{ backoffMs: settings.logCleanerBackoffMs, keyBytesMax: settings.logCleanerDedupeBufferSize },
    });
    this.#cleaner.start();
  }

  #every(intervalMs: number, act: () => void): void {
    const timer = this.#options.platform.timers.after(intervalMs, () => {
      this.#housekeeping.delete(timer);
      act();
      this.#every(intervalMs, act);
    });
    this.#housekeeping.add(timer);
  }

  #applyRetention(): void {
    const { platform, log: events } = this.#options;
    const { settings } = this.services;
    const nowMs = platform.clock.nowMs();
    for (const { topic, index, log, partition } of this.services.partitions.all()) {
      const { startOffset } = log;
      if (log.failure === undefined) log.applyRetention({ nowMs, upTo: partition.highWatermark });
      if (log.startOffset > startOffset)
        events.info('log.expired', { topic, partition: index, startOffset: log.startOffset });
      const expiry = { nowMs, expirationMs: settings.producerIdExpirationMs };
      log.producers.expire(expiry);
      partition.expireVerifications(expiry);
    }
  }

  async #stop(graceMs: number): Promise<void> {
    for (const timer of this.#housekeeping) timer.cancel();
    const cleaning = this.#cleaner?.close();
    this.#services?.transactions.close();
    this.#services?.groups.close();
    this.#faults.close();
    const closing = this.#listeners.map((listener) => listener.close(graceMs));
    this.#services?.purgatory.close();
    await Promise.all(closing);
    await this.#services?.controller.close();
    await cleaning;
    await this.#closeStorage();
  }

  /** What could not be written at the end is found out by the next start, as after a crash. */
  async #closeStorage(): Promise<void> {
    const { storage, log } = this.#options;
    try {
      await storage.logs.close(this.#services?.partitions.highWatermarks() ?? new Map());
    } catch (error) {
      log.error('storage.not-closed', { error });
    }
  }
}

/** Metadata is kept whole, in small segments as Kafka's. */
const metadataLogConfig = Object.freeze({
  ...defaultLogConfig,
  retentionMs: -1,
  retentionBytes: -1,
  maxMessageBytes: 64 * 1024 * 1024,
  fileDeleteDelayMs: 0,
});
