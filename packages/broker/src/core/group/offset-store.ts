import type { OffsetCommitRecord, OffsetTombstone } from './group-record.ts';

type PartitionOffsets = Map<number, OffsetCommitRecord>;
type TopicOffsets = Map<string, PartitionOffsets>;

/** The committed offsets of many groups. */
export class OffsetStore {
  readonly #groups = new Map<string, TopicOffsets>();

  /** Offsets by topic and partition; undefined for a group without any. */
  ofGroup(groupId: string): ReadonlyMap<string, ReadonlyMap<number, OffsetCommitRecord>> | undefined {
    return this.#groups.get(groupId);
  }

  get(groupId: string, topic: string, partition: number): OffsetCommitRecord | undefined {
    return this.#groups.get(groupId)?.get(topic)?.get(partition);
  }

  set(record: OffsetCommitRecord): void {
    let topics = this.#groups.get(record.groupId);
    if (topics === undefined) {
      topics = new Map();
      this.#groups.set(record.groupId, topics);
    }
    let partitions = topics.get(record.topic);
    if (partitions === undefined) {
      partitions = new Map();
      topics.set(record.topic, partitions);
    }
    partitions.set(record.partition, record);
  }

  delete({ groupId, topic, partition }: OffsetTombstone): void {
    const topics = this.#groups.get(groupId);
    const partitions = topics?.get(topic);
    if (topics === undefined || partitions === undefined) return;
    partitions.delete(partition);
    if (partitions.size === 0) topics.delete(topic);
    if (topics.size === 0) this.#groups.delete(groupId);
  }

  /** The tombstones that forget the offsets of a group for which `isDue` holds. */
  *tombstones(groupId: string, isDue: (offset: OffsetCommitRecord) => boolean): Generator<OffsetTombstone> {
    for (const partitions of this.#groups.get(groupId)?.values() ?? []) {
      for (const offset of partitions.values()) if (isDue(offset)) yield tombstoneOf(offset);
    }
  }

  /** The tombstones that forget a topic in every group. */
  *tombstonesOfTopic(topic: string): Generator<OffsetTombstone> {
    for (const topics of this.#groups.values()) {
      for (const offset of topics.get(topic)?.values() ?? []) yield tombstoneOf(offset);
    }
  }
}

function tombstoneOf({ groupId, topic, partition }: OffsetCommitRecord): OffsetTombstone {
  return { type: 'offset-tombstone', groupId, topic, partition };
}
