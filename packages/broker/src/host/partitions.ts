import type { Log as Events } from '@nagare/base';
import { prepareCompression } from '@nagare/protocol';
import type { BrokerConfigs } from '../config/config-source.ts';
import { resolveTopicSettings } from '../config/topic-config.ts';
import {
  brokerConfigsOf,
  type MetadataImage,
  type PartitionImage,
  resourceType,
  type TopicImage,
  type TopicsDelta,
  topicConfigsOf,
} from '../core/controller/image.ts';
import { Partition } from '../core/partition/partition.ts';
import type { FaultPlan } from '../embedded/fault-plan.ts';
import { partitionKey } from '../log/checkpoint.ts';
import type { Log } from '../log/log.ts';
import type { LogConfig } from '../log/log-config.ts';
import type { FetchPurgatory } from './fetch-purgatory.ts';
import type { LogStore } from './log-store.ts';
import { type Durability, PartitionHost } from './partition-host.ts';

export interface PartitionsOptions {
  readonly nodeId: number;
  /** The broker's static configs, which stand behind those of topics. */
  readonly given: ReadonlyMap<string, string>;
  readonly durability: Durability;
  readonly store: LogStore;
  readonly purgatory: FetchPurgatory;
  readonly events: Events;
  readonly nowMs: () => number;
  readonly faults?: FaultPlan;
}

/** How many logs are opened at once: enough to keep a disk busy, few enough for the descriptors. */
const openingMax = 16;

/** The partitions that this broker leads: it makes, reconfigures and removes them as the metadata says. */
export class Partitions {
  readonly #options: PartitionsOptions;
  readonly #byName = new Map<string, (PartitionHost | undefined)[]>();
  readonly #byId = new Map<string, (PartitionHost | undefined)[]>();

  constructor(options: PartitionsOptions) {
    this.#options = options;
  }

  get(topic: string, partition: number): PartitionHost | undefined {
    return this.#byName.get(topic)?.[partition];
  }

  getById(topicId: string, partition: number): PartitionHost | undefined {
    return this.#byId.get(topicId)?.[partition];
  }

  *all(): Iterable<PartitionHost> {
    for (const partitions of this.#byName.values()) {
      for (const partition of partitions) if (partition !== undefined) yield partition;
    }
  }

  /** The high watermark of each partition, as checkpoints name them. */
  highWatermarks(): Map<string, number> {
    return new Map(
      Array.from(this.all(), ({ topic, index, partition }) => [partitionKey(topic, index), partition.highWatermark]),
    );
  }

  /** Opens the logs of every partition of an image: what a broker does at start. When one fails, none is open later. */
  async load(image: MetadataImage): Promise<void> {
    const wanted = [...image.topicsByName.values()].flatMap((topic) =>
      topic.partitions.map((partition) => ({ topic, partition })),
    );
    const errors: unknown[] = [];
    const next = wanted.values();
    const work = async () => {
      for (const { topic, partition } of next) {
        if (errors.length > 0) return;
        await this.#open(topic, partition, image).catch((error) => errors.push(error));
      }
    };
    await Promise.all(Array.from({ length: openingMax }, work));
    if (errors.length > 0) throw errors[0];
  }

  /** Follows a change of the metadata. */
  async apply(delta: TopicsDelta, image: MetadataImage): Promise<void> {
    for (const topic of delta.deleted) await this.#remove(topic);
    for (const topic of delta.created) await this.#openAll(topic, topic.partitions, image);
    for (const { topic, partitions } of delta.partitionsAdded) await this.#openAll(topic, partitions, image);
    await this.#reconfigure(delta, image);
  }

  /** Opens partitions that are new. One that cannot be opened does not keep others from it; the next start tries again. */
  async #openAll(topic: TopicImage, partitions: readonly PartitionImage[], image: MetadataImage): Promise<void> {
    for (const partition of partitions) {
      try {
        await this.#open(topic, partition, image);
      } catch (error) {
        this.#options.events.error('log.not-opened', { topic: topic.name, partition: partition.index, error });
      }
    }
  }

  async #open(topic: TopicImage, { index, leader, leaderEpoch }: PartitionImage, image: MetadataImage): Promise<void> {
    const { nodeId, durability, store, purgatory, nowMs, faults } = this.#options;
    if (leader !== nodeId) return;
    const config = this.#configOf(topic.name, image);
    await prepareFor(config);
    const log: Log = await store.open({ topic: topic.name, topicId: topic.id, partition: index, config });
    log.beginEpoch(leaderEpoch);
    const host = new PartitionHost({
      ...{ topic: topic.name, topicId: topic.id, index, isInternal: topic.isInternal },
      ...{ log, partition: new Partition({ log, leaderEpoch }), durability, purgatory, nowMs, faults },
    });
    host.restored();
    listOf(this.#byName, topic.name)[index] = host;
    listOf(this.#byId, topic.id)[index] = host;
  }

  async #remove(topic: TopicImage): Promise<void> {
    const hosts = this.#byId.get(topic.id) ?? [];
    this.#byName.delete(topic.name);
    this.#byId.delete(topic.id);
    for (const host of hosts) host?.remove();
    for (const host of hosts) {
      if (host === undefined) continue;
      const place = { topic: topic.name, partition: host.index };
      try {
        await this.#options.store.remove(place);
      } catch (error) {
        // Nobody can reach it any more; the next start takes away what is left.
        this.#options.events.error('log.not-removed', { ...place, error });
      }
    }
  }

  async #reconfigure({ configsChanged }: TopicsDelta, image: MetadataImage): Promise<void> {
    const isBroad = configsChanged.some(({ type }) => type === resourceType.broker);
    const topics = isBroad
      ? this.#byName.keys()
      : configsChanged.filter(({ type }) => type === resourceType.topic).map(({ name }) => name);
    for (const topic of topics) {
      const config = this.#configOf(topic, image);
      await prepareFor(config);
      for (const host of this.#byName.get(topic) ?? []) if (host !== undefined) host.log.config = config;
    }
  }

  #configOf(topic: string, image: MetadataImage): LogConfig {
    const { nodeId, given } = this.#options;
    const broker: BrokerConfigs = brokerConfigsOf(image, { nodeId, given });
    return resolveTopicSettings(topicConfigsOf(image, topic), broker);
  }
}

/** Loads the codec that a topic makes its leader compress with; before that its batches could not be appended. */
async function prepareFor({ compressionType }: LogConfig): Promise<void> {
  if (compressionType === 'zstd') await prepareCompression(['zstd']);
}

function listOf<Key, Item>(map: Map<Key, Item[]>, key: Key): Item[] {
  let list = map.get(key);
  if (list === undefined) {
    list = [];
    map.set(key, list);
  }
  return list;
}
