import { assert } from '@nagare/base';
import {
  type BrokerImage,
  type ConfigResource,
  type MetadataImage,
  type PartitionImage,
  resourceKey,
  resourceType,
  type TopicImage,
  type TopicsDelta,
} from './image.ts';
import type { MetadataRecord, MetadataRecordValue } from './records.ts';
import { collisionName, isInternalTopic } from './topic-name.ts';

type MapName = Exclude<keyof MetadataImage, 'nextProducerId'>;
type Writable<M> = M extends ReadonlyMap<infer K, infer V> ? Map<K, V> : never;
type MutableTopic = Omit<TopicImage, 'partitions'> & { partitions: PartitionImage[] };

/** Leader of a PartitionChangeRecord that leaves the leader and its epoch as they are. */
const sameLeader = -2;

/**
 * Makes the next image out of one image and the records that follow it. A map, or the partitions of a topic, is copied when
 * the first of these records changes it, so that the cost of many records is that of one copy.
 */
export class ImageBuilder {
  readonly #base: MetadataImage;
  readonly #next: { -readonly [Name in keyof MetadataImage]: MetadataImage[Name] };
  readonly #copied = new Set<MapName>();
  readonly #topics = new Map<string, MutableTopic>();
  readonly #touched = new Set<string>();
  readonly #resources = new Map<string, ConfigResource>();

  constructor(base: MetadataImage) {
    this.#base = base;
    this.#next = { ...base };
  }

  /** The next image and what it changed. The builder must not be used afterwards. */
  finish(): { readonly image: MetadataImage; readonly delta: TopicsDelta } {
    return { image: Object.freeze(this.#next), delta: this.#delta() };
  }

  apply(record: MetadataRecord): void {
    switch (record.type) {
      case 'topicRecord':
        this.#createTopic(record.value);
        break;
      case 'partitionRecord':
        this.#createPartition(record.value);
        break;
      case 'partitionChangeRecord':
        this.#changePartition(record.value);
        break;
      case 'removeTopicRecord':
        this.#removeTopic(record.value.topicId);
        break;
      case 'configRecord':
        this.#setConfig(record.value);
        break;
      case 'featureLevelRecord':
        this.#setFeature(record.value);
        break;
      case 'registerBrokerRecord':
        this.#registerBroker(record.value);
        break;
      case 'brokerRegistrationChangeRecord':
        this.#changeBroker(record.value);
        break;
      case 'unregisterBrokerRecord':
        this.#map('brokers').delete(record.value.brokerId);
        break;
      case 'producerIdsRecord':
        this.#next.nextProducerId = record.value.nextProducerId;
        break;
      default: // Controllers, no-ops and the bounds of transactions are nothing that an image holds.
        break;
    }
  }

  #map<Name extends MapName>(name: Name): Writable<MetadataImage[Name]> {
    if (!this.#copied.has(name)) {
      this.#copied.add(name);
      this.#next[name] = new Map(this.#next[name] as ReadonlyMap<unknown, unknown>) as unknown as MetadataImage[Name];
    }
    return this.#next[name] as unknown as Writable<MetadataImage[Name]>;
  }

  #putTopic(topic: MutableTopic): MutableTopic {
    this.#topics.set(topic.id, topic);
    this.#touched.add(topic.id);
    this.#map('topicsById').set(topic.id, topic);
    this.#map('topicsByName').set(topic.name, topic);
    return topic;
  }

  /** A topic whose partitions are this builder's own. */
  #topic(id: string): MutableTopic {
    const own = this.#topics.get(id);
    if (own !== undefined) return own;
    const topic = this.#next.topicsById.get(id);
    assert(topic !== undefined, `The metadata log changes topic ${id}, which does not exist`);
    return this.#putTopic({ ...topic, partitions: [...topic.partitions] });
  }

  #createTopic({ name, topicId }: MetadataRecordValue<'topicRecord'>): void {
    assert(!this.#next.topicsByName.has(name), `The metadata log creates topic ${name} twice`);
    this.#putTopic({ name, id: topicId, isInternal: isInternalTopic(name), partitions: [] });
    const collision = collisionName(name);
    if (collision !== undefined) this.#map('namesByCollision').set(collision, name);
  }

  #removeTopic(id: string): void {
    const topic = this.#next.topicsById.get(id);
    assert(topic !== undefined, `The metadata log deletes topic ${id}, which does not exist`);
    this.#touched.add(id);
    this.#topics.delete(id);
    this.#map('topicsById').delete(id);
    this.#map('topicsByName').delete(topic.name);
    const collision = collisionName(topic.name);
    if (collision !== undefined) this.#map('namesByCollision').delete(collision);
    this.#map('configs').delete(resourceKey({ type: resourceType.topic, name: topic.name }));
  }

  #createPartition(record: MetadataRecordValue<'partitionRecord'>): void {
    const { replicas, isr, removingReplicas, addingReplicas, directories, leader, leaderEpoch, partitionEpoch } =
      record;
    const index = record.partitionId;
    this.#topic(record.topicId).partitions[index] = {
      ...{ index, replicas, isr, removingReplicas, addingReplicas, directories },
      ...{ leader, leaderEpoch, partitionEpoch },
    };
  }

  #changePartition(record: MetadataRecordValue<'partitionChangeRecord'>): void {
    const { partitions } = this.#topic(record.topicId);
    const before = partitions[record.partitionId];
    assert(before !== undefined, `The metadata log changes partition ${record.partitionId}, which does not exist`);
    const isElected = record.leader !== sameLeader;
    partitions[record.partitionId] = {
      index: before.index,
      replicas: record.replicas ?? before.replicas,
      isr: record.isr ?? before.isr,
      removingReplicas: record.removingReplicas ?? before.removingReplicas,
      addingReplicas: record.addingReplicas ?? before.addingReplicas,
      directories: record.directories ?? before.directories,
      leader: isElected ? record.leader : before.leader,
      leaderEpoch: before.leaderEpoch + (isElected ? 1 : 0),
      partitionEpoch: before.partitionEpoch + 1,
    };
  }

  #setConfig({ resourceType: type, resourceName, name, value }: MetadataRecordValue<'configRecord'>): void {
    const resource = { type, name: resourceName };
    const key = resourceKey(resource);
    const configs = new Map(this.#next.configs.get(key));
    if (value === null) configs.delete(name);
    else configs.set(name, value);
    if (configs.size === 0) this.#map('configs').delete(key);
    else this.#map('configs').set(key, configs);
    this.#resources.set(key, resource);
  }

  #setFeature({ name, featureLevel }: MetadataRecordValue<'featureLevelRecord'>): void {
    if (featureLevel === 0) this.#map('features').delete(name);
    else this.#map('features').set(name, featureLevel);
  }

  #registerBroker(record: MetadataRecordValue<'registerBrokerRecord'>): void {
    this.#map('brokers').set(record.brokerId, {
      id: record.brokerId,
      epoch: record.brokerEpoch,
      incarnationId: record.incarnationId,
      endpoints: record.endPoints.map(({ name, host, port }) => ({ name, host, port })),
      rack: record.rack,
      directories: record.logDirs,
      isFenced: record.fenced,
      isShuttingDown: record.inControlledShutdown,
    });
  }

  #changeBroker(record: MetadataRecordValue<'brokerRegistrationChangeRecord'>): void {
    const before: BrokerImage | undefined = this.#next.brokers.get(record.brokerId);
    assert(before?.epoch === record.brokerEpoch, `The metadata log changes broker ${record.brokerId} in a wrong epoch`);
    this.#map('brokers').set(record.brokerId, {
      ...before,
      isFenced: record.fenced === 0 ? before.isFenced : record.fenced > 0,
      isShuttingDown: record.inControlledShutdown === 0 ? before.isShuttingDown : record.inControlledShutdown > 0,
      directories: record.logDirs.length === 0 ? before.directories : record.logDirs,
    });
  }

  #delta(): TopicsDelta {
    const created: TopicImage[] = [];
    const deleted: TopicImage[] = [];
    const partitionsAdded: { topic: TopicImage; partitions: readonly PartitionImage[] }[] = [];
    for (const id of this.#touched) {
      const before = this.#base.topicsById.get(id);
      const after = this.#next.topicsById.get(id);
      if (before === undefined && after !== undefined) created.push(after);
      else if (before !== undefined && after === undefined) deleted.push(before);
      else if (before !== undefined && after !== undefined && after.partitions.length > before.partitions.length) {
        partitionsAdded.push({ topic: after, partitions: after.partitions.slice(before.partitions.length) });
      }
    }
    return { created, deleted, partitionsAdded, configsChanged: [...this.#resources.values()] };
  }
}
