import type { Clock, Log, Random, Timer, Timers } from '@nagare/base';
import type { ErrorName } from '@nagare/protocol';
import type { GroupRecord } from '../core/group/group-record.ts';
import type { GroupSettings } from '../core/group/group-settings.ts';
import { decodeRecord, encodeRecords } from '../core/group/records.ts';
import { GroupShard } from '../core/group/router.ts';
import type { GroupFilter, ListedGroup } from '../core/group/views.ts';
import type { GroupStep } from '../core/group/work.ts';
import type { Turn } from '../core/shard.ts';
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
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
}

type Shard = ShardHost<GroupShard, GroupRecord>;

/** The coordinator of the groups whose partition of `__consumer_offsets` this broker leads: one shard for each. */
export class GroupHost {
  readonly #options: GroupHostOptions;
  readonly #shards = new Map<number, Shard>();
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
    const partition = this.#partitionOf(groupId);
    const shard = this.#shards.get(partition) ?? this.#open(partition);
    return shard === undefined ? Promise.resolve(refuse('NOT_COORDINATOR')) : shard.submit(act, refuse);
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
  topicDeleted(topic: string): void {
    for (const shard of this.#shards.values()) void shard.run((core, turn) => core.topicDeleted(topic, turn));
  }

  /** An id for a new member, which begins with a name that people know it by. */
  newMemberId(name: string): string {
    return `${name}-${uuidOf(this.#options.random)}`;
  }

  #open(partition: number): Shard | undefined {
    const { topic, settings, clock, timers, log } = this.#options;
    const recordLog = this.#isClosed || partition < 0 ? undefined : topic.recordLog(partition);
    if (recordLog === undefined) return undefined;
    const shard = new ShardHost<GroupShard, GroupRecord>({
      name: `${offsetsTopicName}-${partition}`,
      log: recordLog,
      format: { encode: encodeRecords, decode: decodeRecord },
      createCore: () => new GroupShard(settings),
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
    return partitions === 0 ? -1 : partitionOfGroup(groupId, partitions);
  }

  #expireLater(): void {
    const { timers, settings } = this.#options;
    this.#expiry = timers.after(settings.offsetsRetentionCheckIntervalMs, () => {
      for (const shard of this.#shards.values()) void shard.run((core, turn) => core.expireOffsets(turn));
      this.#expireLater();
    });
  }
}

/** The partition of `__consumer_offsets` that a group is in: Java's hash of its id, as Kafka's own tools compute it. */
export function partitionOfGroup(groupId: string, partitions: number): number {
  let hash = 0;
  for (let index = 0; index < groupId.length; index++) hash = (Math.imul(31, hash) + groupId.charCodeAt(index)) | 0;
  return (hash === -(2 ** 31) ? 0 : Math.abs(hash)) % partitions;
}

function uuidOf(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40; // Version 4: random.
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
