import type { Address, Log as Events, Platform, Timer } from '@nagare/base';
import type { BrokerServices } from '../api/context.ts';
import type { BrokerSettings } from '../config/broker-settings.ts';
import { listenersOf } from '../config/listeners.ts';
import { Partition } from '../core/partition/partition.ts';
import { defaultLogConfig } from '../log/log-config.ts';
import { BrokerListener } from './broker-listener.ts';
import { ControllerHost } from './controller-host.ts';
import { FetchPurgatory } from './fetch-purgatory.ts';
import { GroupHost } from './group-host.ts';
import { groupHostSettings } from './group-host-settings.ts';
import type { LogStore } from './log-store.ts';
import { MetadataPartition } from './metadata-partition.ts';
import { offsetsTopicOf } from './offsets-topic.ts';
import { type Durability, PartitionHost } from './partition-host.ts';
import { Partitions } from './partitions.ts';
import type { QuorumStateStore } from './quorum-state.ts';

/** The id that Kafka gives the topic of the metadata log. */
const metadataTopicId = 'AAAAAAAAAAAAAAAAAAAAAQ';
/** The partition of the metadata log, which no topic of the image holds. */
export const metadataPartition = { topic: '__cluster_metadata', partition: 0 } as const;

/** Where a broker's state lives, opened and locked. */
export interface BrokerStorage {
  readonly clusterId: string;
  readonly directoryId: string;
  readonly durability: Durability;
  readonly logs: LogStore;
  readonly quorumState: QuorumStateStore;
}

export interface BrokerHostOptions {
  readonly settings: BrokerSettings;
  readonly storage: BrokerStorage;
  readonly platform: Platform;
  readonly log: Events;
}

/** One running broker: it opens its parts in order, and closes them in the reverse order. */
export class BrokerHost {
  readonly #options: BrokerHostOptions;
  readonly #listeners: BrokerListener[] = [];
  readonly addresses: Address[] = [];
  #services: BrokerServices | undefined;
  readonly #housekeeping = new Set<Timer>();
  #stopping: Promise<void> | undefined;

  private constructor(options: BrokerHostOptions) {
    this.#options = options;
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

  /** Lets requests in flight end, then closes logs so that the next start has nothing to recover. Safe to call twice. */
  stop(options: { readonly graceMs: number }): Promise<void> {
    this.#stopping ??= this.#stop(options.graceMs);
    return this.#stopping;
  }

  async #start(): Promise<void> {
    const { settings, storage, platform, log } = this.#options;
    const { clock, timers, random } = platform;
    const purgatory = new FetchPurgatory(timers);
    const nowMs = () => clock.nowMs();
    const controller = await this.#openController(purgatory);
    const partitions = new Partitions({
      ...{ nodeId: settings.nodeId, given: settings.given, durability: storage.durability, store: storage.logs },
      ...{ purgatory, events: log, nowMs },
    });
    const groups = this.#createGroups(controller, partitions);
    this.#services = {
      ...{ nodeId: settings.nodeId, clusterId: storage.clusterId, settings, clock, timers, random, log },
      ...{ image: () => controller.image(), controller, partitions, purgatory, groups },
      checkpoint: () => storage.logs.tend(partitions.highWatermarks()),
    };
    controller.onDelta(async (delta, image) => {
      await partitions.apply(delta, image);
      for (const { name } of delta.deleted) groups.topicDeleted(name);
    });
    const image = controller.image();
    await storage.logs.removeStrays((topic, index) => {
      const known = image.topicsByName.get(topic);
      return known?.partitions[index] === undefined ? undefined : known.id;
    });
    await partitions.load(image);
    groups.start();
    await this.#listen(this.#services);
    this.#keepHouse();
  }

  async #openController(purgatory: FetchPurgatory): Promise<ControllerHost> {
    const { settings, storage, platform, log } = this.#options;
    const nowMs = () => platform.clock.nowMs();
    const { topic, partition: index } = metadataPartition;
    const place = { ...metadataPartition, topicId: metadataTopicId };
    const metadataLog = await storage.logs.open({ ...place, config: metadataLogConfig });
    const partition = new PartitionHost({
      ...{ topic, topicId: metadataTopicId, index, isInternal: true, log: metadataLog, nowMs },
      partition: new Partition({ log: metadataLog, leaderEpoch: metadataLog.epochs.latest }),
      durability: storage.durability === 'memory' ? 'memory' : 'fsync',
      purgatory,
    });
    partition.restored();
    return ControllerHost.open({
      ...{ settings, metadataLog: new MetadataPartition(partition, nowMs), quorumState: storage.quorumState },
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
    });
  }

  async #listen(broker: BrokerServices): Promise<void> {
    for (const { host, port, advertised } of listenersOf(this.#options.settings)) {
      const listener = new BrokerListener({
        address: { host, port },
        advertised: advertised?.port === 0 ? undefined : advertised,
        broker,
        network: this.#options.platform.network,
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

  #every(intervalMs: number, act: () => void): void {
    const timer = this.#options.platform.timers.after(intervalMs, () => {
      this.#housekeeping.delete(timer);
      act();
      this.#every(intervalMs, act);
    });
    this.#housekeeping.add(timer);
  }

  #applyRetention(): void {
    const { settings, platform } = this.#options;
    const nowMs = platform.clock.nowMs();
    for (const { log, partition } of this.services.partitions.all()) {
      if (log.failure === undefined) log.applyRetention({ nowMs, upTo: partition.highWatermark });
      log.producers.expire({ nowMs, expirationMs: settings.producerIdExpirationMs });
    }
  }

  async #stop(graceMs: number): Promise<void> {
    for (const timer of this.#housekeeping) timer.cancel();
    this.#services?.groups.close();
    const closing = this.#listeners.map((listener) => listener.close(graceMs));
    this.#services?.purgatory.close();
    await Promise.all(closing);
    await this.#services?.controller.close();
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
});
