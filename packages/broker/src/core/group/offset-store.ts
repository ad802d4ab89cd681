import { zeroUuid } from '@nagare/protocol';
import type { TxnEnd } from '../shard.ts';
import type { OffsetCommitRecord, OffsetTombstone } from './group-record.ts';
import { type PartitionKey, PartitionMap } from './partition-map.ts';

/** An offset with its place in the order of the log. */
export interface KeptOffset extends OffsetCommitRecord {
  readonly place: number;
}

/**
 * The offsets of many groups: those that are committed, and those that stand in a transaction and wait for its end.
 *
 * Of a plain commit and one in a transaction the later record in the log wins, whenever the transaction ends: compaction
 * keeps the last record of a key, so any other rule would tell something else after a restart.
 */
export class OffsetStore {
  readonly #committed = new PartitionMap<KeptOffset>();
  readonly #staged = new Map<number, PartitionMap<KeptOffset>>();
  /** The producers that have an offset of the partition staged. */
  readonly #producers = new PartitionMap<StagedPartition>();
  #place = 0;

  /** Committed offsets by topic and partition; undefined for a group without any. */
  ofGroup(groupId: string): ReadonlyMap<string, ReadonlyMap<number, KeptOffset>> | undefined {
    return this.#committed.ofGroup(groupId);
  }

  get(groupId: string, topic: string, partition: number): KeptOffset | undefined {
    return this.#committed.get(groupId, topic, partition);
  }

  /** Whether an offset of the partition waits for the end of a transaction. */
  isStaged(groupId: string, topic: string, partition: number): boolean {
    return this.#producers.get(groupId, topic, partition) !== undefined;
  }

  hasStaged(groupId: string): boolean {
    return this.#producers.ofGroup(groupId) !== undefined;
  }

  /** Takes in a commit: staged if it stands in a transaction. */
  set(record: OffsetCommitRecord): void {
    this.#place += 1;
    const kept = { ...record, place: this.#place };
    if (record.producer === undefined) this.#committed.set(record, kept);
    else this.#stage(record.producer.id, kept);
  }

  /** Forgets a partition; also what transactions that are still open would have committed. */
  delete(tombstone: OffsetTombstone): void {
    const { groupId, topic, partition } = tombstone;
    this.#committed.delete(tombstone);
    const staged = this.#producers.get(groupId, topic, partition);
    if (staged === undefined) return;
    for (const producerId of staged.producerIds) this.#unstage(producerId, tombstone);
    this.#producers.delete(tombstone);
  }

  /** Commits what a transaction has staged, or drops it. */
  end({ producerId, isCommit }: TxnEnd): void {
    const staged = this.#staged.get(producerId);
    if (staged === undefined) return;
    this.#staged.delete(producerId);
    for (const offset of staged.values()) {
      const { groupId, topic, partition, place } = offset;
      const open = this.#producers.get(groupId, topic, partition);
      open?.producerIds.delete(producerId);
      if (open?.producerIds.size === 0) this.#producers.delete(offset);
      if (isCommit && place > (this.get(groupId, topic, partition)?.place ?? 0)) this.#committed.set(offset, offset);
    }
  }

  /** The tombstones that forget the committed offsets of a group for which `isDue` holds. */
  *tombstones(groupId: string, isDue: (offset: OffsetCommitRecord) => boolean): Generator<OffsetTombstone> {
    for (const partitions of this.ofGroup(groupId)?.values() ?? []) {
      for (const offset of partitions.values()) if (isDue(offset)) yield tombstoneOf(offset);
    }
  }

  /** The tombstones that forget all of a group, staged offsets included. */
  *allTombstones(groupId: string): Generator<OffsetTombstone> {
    yield* this.tombstones(groupId, () => true);
    for (const partitions of this.#producers.ofGroup(groupId)?.values() ?? []) {
      for (const key of partitions.values()) {
        if (this.get(groupId, key.topic, key.partition) === undefined) yield tombstoneOf(key);
      }
    }
  }

  /** The tombstones that forget a topic in every group; offsets of another topic of that name stay. */
  *tombstonesOfTopic(topic: string, topicId: string): Generator<OffsetTombstone> {
    const isOfTopic = (offset: KeptOffset) => offset.topicId === zeroUuid || offset.topicId === topicId;
    for (const offset of this.#committed.ofTopic(topic)) if (isOfTopic(offset)) yield tombstoneOf(offset);
    for (const staged of this.#staged.values()) {
      for (const offset of staged.ofTopic(topic)) if (isOfTopic(offset)) yield tombstoneOf(offset);
    }
  }

  #stage(producerId: number, offset: KeptOffset): void {
    const { groupId, topic, partition } = offset;
    let staged = this.#staged.get(producerId);
    if (staged === undefined) {
      staged = new PartitionMap();
      this.#staged.set(producerId, staged);
    }
    staged.set(offset, offset);
    const open = this.#producers.get(groupId, topic, partition);
    if (open !== undefined) open.producerIds.add(producerId);
    else this.#producers.set(offset, { groupId, topic, partition, producerIds: new Set([producerId]) });
  }

  #unstage(producerId: number, key: PartitionKey): void {
    const staged = this.#staged.get(producerId);
    staged?.delete(key);
    if (staged?.isEmpty === true) this.#staged.delete(producerId);
  }
}

interface StagedPartition extends PartitionKey {
  readonly producerIds: Set<number>;
}

function tombstoneOf({ groupId, topic, partition }: PartitionKey): OffsetTombstone {
  return { type: 'offset-tombstone', groupId, topic, partition };
}
