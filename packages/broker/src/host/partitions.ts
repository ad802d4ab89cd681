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

  /** Opens the logs of every partition of an image: what a broker does at start. */
  async load(image: MetadataImage): Promise<void> {
    const wanted = [...image.topicsByName.values()].flatMap((topic) =>
      topic.partitions.map((partition) => ({ topic, partition })),
    );
    const next = wanted.values();
    const work = async () => {
      for (const { topic, partition } of next) await this.#open(topic, partition, image);
    };
    await Promise.all(Array.from({ length: openingMax }, work));
  }

  /** Follows a change of the metadata. */
  async apply(delta: TopicsDelta, image: MetadataImage): Promise<void> {
    for (const topic of delta.deleted) await this.#remove(topic);
    for (const topic of delta.created) {
      for (const partition of topic.partitions) await this.#open(topic, partition, image);
    }
    for (const { topic, partitions } of delta.partitionsAdded) {
      for (const partition of partitions) await this.#open(topic, partition, image);
    }
    await this.#reconfigure(delta, image);
  }

  async #open(topic: TopicImage, { index, leader, leaderEpoch }: PartitionImage, image: MetadataImage): Promise<void> {
    const { nodeId, durability, store, purgatory, nowMs } = this.#options;
    if (leader !== nodeId) return;
    const config = this.#configOf(topic.name, image);
    await prepareFor(config);
    const log: Log = await store.open({ topic: topic.name, topicId: topic.id, partition: index, config });
    log.beginEpoch(leaderEpoch);
    const host = new PartitionHost({
      ...{ topic: topic.name, topicId: topic.id, index, isInternal: topic.isInternal },
      ...{ log, partition: new Partition({ log, leaderEpoch }), durability, purgatory, nowMs },
    });
    host.restored();
    listOf(this.#byName, topic.name)[index] = host;
    listOf(this.#byId, topic.id)[index] = host;
  }

  async #remove(topic: TopicImage): Promise<void> {
    const hosts = this.#byId.get(topic.id) ?? [];
    this.#byName.delete(topic.name);
    this.#byId.delete(topic.id);
    for (const host of hosts) {
      if (host === undefined) continue;
      await this.#options.store.remove({ topic: topic.name, partition: host.index });
      this.#options.purgatory.wake(host);
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
