import type { Clock, Log, Random, Timer, Timers } from '@nagare/base';
import type { ErrorName } from '@nagare/protocol';
import type { ClusterView } from '../core/group/consumer/cluster-view.ts';
import type { GroupRecord } from '../core/group/group-record.ts';
import type { GroupSettings } from '../core/group/group-settings.ts';
import { decodeRecord, encodeRecords } from '../core/group/records.ts';
import { type DeletedTopic, GroupShard } from '../core/group/router.ts';
import type { GroupFilter, ListedGroup } from '../core/group/views.ts';
import type { GroupStep } from '../core/group/work.ts';
import { partitionOfKey } from '../core/key-partition.ts';
import type { Turn, TxnProducer } from '../core/shard.ts';
import type { TxnMarker } from '../core/transaction/txn-marker.ts';
import { type RecordLog, type Refuse, ShardHost } from './shard-host.ts';

/** The internal topic in which groups and their offsets are remembered. */
export const offsetsTopicName = '__consumer_offsets';

/** Where the coordinator finds its topic. */
export interface OffsetsTopic {
  /** How many partitions the topic has; 0 while it does not exist. */
  partitionCount(): number;
  /** The log of a partition that this broker leads. */
  recordLog(partition: number): RecordLog | undefined;
  /** Creates the topic unless it exists; afterwards its partitions can be written. Says whether that went well. */
  ensure(): Promise<ErrorName>;
}

export interface GroupHostSettings extends GroupSettings {
  /** `offsets.retention.check.interval.ms` */
  readonly offsetsRetentionCheckIntervalMs: number;
}

export interface GroupHostOptions {
  readonly settings: GroupHostSettings;
  readonly topic: OffsetsTopic;
  /** The cluster as of now. */
  readonly cluster: () => ClusterView;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
}

type Shard = ShardHost<GroupShard, GroupRecord>;

/** The transaction that records of a group go into. */
export interface GroupTransaction {
  readonly producer: TxnProducer;
  readonly mode: 'verify' | 'add';
  readonly enlist: (partition: { readonly topic: string; readonly partition: number }) => Promise<ErrorName>;
}

/** A producer whose transaction is being asked about, until its records are appended. */
interface Verification {
  readonly producerId: number;
  /** Whether a transaction of the producer has ended since: what was learned is of the past. */
  isVoid: boolean;
}

/** The coordinator of the groups whose partition of `__consumer_offsets` this broker leads: one shard for each. */
export class GroupHost {
  readonly #options: GroupHostOptions;
  readonly #shards = new Map<number, Shard>();
  readonly #verifications = new Set<Verification>();
  #expiry: Timer | undefined = undefined;
  #isClosed = false;

  constructor(options: GroupHostOptions) {
    this.#options = options;
  }

  /** Starts reading what the topic holds. Requests that come before a shard has read its part are told to wait. */
  start(): void {
    for (let partition = 0; partition < this.#options.topic.partitionCount(); partition++) this.#open(partition);
    this.#expireLater();
  }

  close(): void {
    this.#isClosed = true;
    this.#expiry?.cancel();
    for (const shard of this.#shards.values()) shard.close();
    this.#shards.clear();
  }

  /**
   * Makes sure that a group can be coordinated: its topic exists, and a shard just opened for it has loaded. Of shards
   * that have long been loading, clients are told when they use them.
   */
  async prepare(groupId: string): Promise<ErrorName> {
    const { topic } = this.#options;
    if (topic.partitionCount() === 0) {
      const error = await topic.ensure();
      if (error !== 'NONE') return error;
    }
    const partition = this.#partitionOf(groupId);
    if (!this.#shards.has(partition)) await this.#open(partition)?.loaded;
    return 'NONE';
  }

  /** Lets the shard of a group act on a request; `refuse` makes the answer when it cannot. Never rejects. */
  submit<Reply>(
    groupId: string,
    act: (core: GroupShard, turn: Turn) => GroupStep<Reply>,
    refuse: Refuse<Reply>,
  ): Promise<Reply> {
    const shard = this.#shardOf(groupId);
    return shard === undefined ? Promise.resolve(refuse('NOT_COORDINATOR')) : shard.submit(act, refuse);
  }

  /**
   * As {@link submit}, for records that go into a producer's transaction. `enlist` has the transaction coordinator add
   * the given partition of the internal topic to the transaction, or verify that it is in there: only then will a marker
   * come, and records behind the last one would wait for ever (KIP-890). After 'add' a marker that comes first fences the
   * producer by its epoch; after 'verify' it does not, so that it has to be looked out for.
   */
  async submitInTransaction<Reply>(
    groupId: string,
    transaction: GroupTransaction,
    act: (core: GroupShard, turn: Turn) => GroupStep<Reply>,
    refuse: Refuse<Reply>,
  ): Promise<Reply> {
    const { producer, mode, enlist } = transaction;
    const shard = this.#shardOf(groupId);
    if (shard === undefined) return refuse('NOT_COORDINATOR');
    const verification: Verification = { producerId: producer.id, isVoid: false };
    if (mode === 'verify') this.#verifications.add(verification);
    try {
      const error = await enlist({ topic: offsetsTopicName, partition: this.#partitionOf(groupId) });
      if (error !== 'NONE') return refuse(error);
      if (verification.isVoid) return refuse('INVALID_TXN_STATE');
    } finally {
      this.#verifications.delete(verification);
    }
    return shard.submit(act, refuse, producer);
  }

  /**
   * Ends a producer's transaction in a partition of the internal topic, and commits or drops the offsets that it has
   * staged there. Resolves once that is kept; COORDINATOR_LOAD_IN_PROGRESS and NOT_COORDINATOR may go away by themselves.
   */
  writeMarker(partition: number, marker: TxnMarker): Promise<ErrorName> {
    for (const verification of this.#verifications) {
      if (verification.producerId === marker.producerId) verification.isVoid = true;
    }
    const shard = this.#shards.get(partition) ?? this.#open(partition);
    return shard === undefined ? Promise.resolve('NOT_COORDINATOR') : shard.writeMarker(marker);
  }

  /** The groups of all shards, or why not all of them can be listed. */
  async list(filter: GroupFilter): Promise<{ readonly error: ErrorName; readonly groups: readonly ListedGroup[] }> {
    let error: ErrorName = 'NONE';
    const lists = await Promise.all(
      Array.from(this.#shards.values(), (shard) =>
        shard.submit<readonly ListedGroup[]>(
          (core, turn) => core.list(filter, turn),
          (refusal) => {
            if (refusal !== 'NOT_COORDINATOR') error = refusal;
            return [];
          },
        ),
      ),
    );
    return { error, groups: error === 'NONE' ? lists.flat() : [] };
  }

  /** Forgets the offsets of a topic that is no more. */
  topicDeleted(topic: DeletedTopic): void {
    for (const shard of this.#shards.values()) void shard.run((core, turn) => core.topicDeleted(topic, turn));
  }

  /** Tells consumer groups of a change of the cluster. */
  clusterChanged(cluster: ClusterView): void {
    for (const shard of this.#shards.values()) void shard.run((core, turn) => core.clusterChanged(cluster, turn));
  }

  /** An id for a new member, which begins with a name that people know it by. */
  newMemberId(name: string): string {
    return `${name}-${uuidOf(this.#options.random)}`;
  }

  #shardOf(groupId: string): Shard | undefined {
    const partition = this.#partitionOf(groupId);
    return this.#shards.get(partition) ?? this.#open(partition);
  }

  #open(partition: number): Shard | undefined {
    const { topic, cluster, settings, clock, timers, log } = this.#options;
    const recordLog = this.#isClosed || partition < 0 ? undefined : topic.recordLog(partition);
    if (recordLog === undefined) return undefined;
    const shard = new ShardHost<GroupShard, GroupRecord>({
      name: `${offsetsTopicName}-${partition}`,
      log: recordLog,
      format: { encode: encodeRecords, decode: decodeRecord, ended: (end) => ({ type: 'transaction-end', ...end }) },
      createCore: () => new GroupShard(settings, cluster()),
      clock,
      timers,
      report: log,
    });
    this.#shards.set(partition, shard);
    return shard;
  }

  /** -1, which no shard has, while the topic does not exist. */
  #partitionOf(groupId: string): number {
    const partitions = this.#options.topic.partitionCount();
    return partitions === 0 ? -1 : partitionOfKey(groupId, partitions);
  }

  #expireLater(): void {
    const { timers, settings } = this.#options;
    this.#expiry = timers.after(settings.offsetsRetentionCheckIntervalMs, () => {
      for (const shard of this.#shards.values()) void shard.run((core, turn) => core.expireOffsets(turn));
      this.#expireLater();
    });
  }
}

function uuidOf(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40; // Version 4: random.
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
