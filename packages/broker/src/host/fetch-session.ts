import { type ErrorName, errorCode } from '@nagare/protocol';
import type { AskedPartition, NamedFetchTarget, PartitionData } from './fetch-target.ts';
import type { PartitionHost } from './partition-host.ts';

/** Where a session finds partitions, and what they are called. */
export interface PartitionDirectory {
  get(topic: string, partition: number): PartitionHost | undefined;
  getById(topicId: string, partition: number): PartitionHost | undefined;
  /** The name of the topic with this id; undefined when there is none. */
  nameOf(topicId: string): string | undefined;
}

/** A partition as a request names it. */
export interface PartitionName {
  /** Empty where the request has ids. */
  readonly topic: string;
  /** Zero where the request has names. */
  readonly topicId: string;
  readonly partition: number;
}

/** A partition of a session: what its reader asks of it, and what the reader was last told. */
export class SessionPartition implements NamedFetchTarget {
  topic: string;
  readonly topicId: string;
  readonly usesId: boolean;
  asked: AskedPartition;
  partition: PartitionHost | undefined;
  missing: ErrorName = 'NONE';
  #highWatermark = -1;
  #logStartOffset = -1;

  constructor(name: PartitionName, asked: AskedPartition, usesId: boolean) {
    this.topic = name.topic;
    this.topicId = name.topicId;
    this.usesId = usesId;
    this.asked = asked;
  }

  /** Looks the partition up as of now: topics come and go between the requests of a session. */
  resolve(directory: PartitionDirectory): void {
    const { partition: index } = this.asked;
    if (!this.usesId) {
      this.partition = directory.get(this.topic, index);
      this.missing = 'UNKNOWN_TOPIC_OR_PARTITION';
      return;
    }
    this.partition = directory.getById(this.topicId, index);
    if (this.partition === undefined) this.missing = this.#missingById(directory);
    else this.topic = this.partition.topic;
  }

  /** A topic that the session has known by its id and that is there again under another one is another topic. */
  #missingById(directory: PartitionDirectory): ErrorName {
    if (this.topic === '') this.topic = directory.nameOf(this.topicId) ?? '';
    if (this.topic === '') return 'UNKNOWN_TOPIC_ID';
    const successor = directory.get(this.topic, this.asked.partition);
    return successor === undefined ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'INCONSISTENT_TOPIC_ID';
  }

  /** Whether the reader has to be told of `data`, which from now on it knows. */
  isNews(data: PartitionData): boolean {
    const hasFailed = data.errorCode !== errorCode.NONE;
    const isMoved = this.#highWatermark !== data.highWatermark || this.#logStartOffset !== data.logStartOffset;
    this.remember(data);
    return isMoved || hasFailed || hasRecords(data) || data.divergingEpoch !== undefined;
  }

  /** Errors come without a high watermark, so that their end is news. */
  remember({ highWatermark, logStartOffset }: PartitionData): void {
    this.#highWatermark = highWatermark;
    this.#logStartOffset = logStartOffset ?? -1;
  }
}

/** Whether records stand in the answer about a partition. */
export function hasRecords({ records }: PartitionData): boolean {
  return records !== null && records.length > 0;
}

/** The identity of a partition within a request or session. */
export function partitionNameKey({ topic, topicId, partition }: PartitionName, usesId: boolean): string {
  return usesId ? `${topicId}:${partition}` : `${topic}:${partition}`;
}

const epochMax = 2 ** 31 - 1;

/** The epoch that follows one: 0 begins a session and does not come again. */
export function nextSessionEpoch(epoch: number): number {
  return epoch === epochMax ? 1 : epoch + 1;
}

export interface FetchSessionOptions {
  readonly id: number;
  /** Whether requests of the session name topics by id. */
  readonly usesIds: boolean;
  readonly nowMs: number;
  readonly partitions: ReadonlyMap<string, SessionPartition>;
}

/** What the broker remembers of a reader, so that a request and its answer tell only what has changed (KIP-227). */
export class FetchSession {
  readonly id: number;
  readonly usesIds: boolean;
  readonly createdMs: number;
  lastUsedMs: number;
  /** The epoch that the next request must have. */
  epoch = 1;
  /** In the order of reading: those that gave records stand last. */
  readonly #partitions: Map<string, SessionPartition>;

  constructor({ id, usesIds, nowMs, partitions }: FetchSessionOptions) {
    this.id = id;
    this.usesIds = usesIds;
    this.createdMs = nowMs;
    this.lastUsedMs = nowMs;
    this.#partitions = new Map(partitions);
  }

  get size(): number {
    return this.#partitions.size;
  }

  /** Takes what a request adds, changes and forgets. */
  update(asked: ReadonlyMap<string, SessionPartition>, forgotten: readonly PartitionName[]): void {
    for (const [key, partition] of asked) {
      const known = this.#partitions.get(key);
      if (known === undefined) this.#partitions.set(key, partition);
      else known.asked = partition.asked;
    }
    for (const name of forgotten) this.#partitions.delete(partitionNameKey(name, this.usesIds));
  }

  /** Every partition of the session, in the order of reading. */
  partitions(): Iterable<SessionPartition> {
    return this.#partitions.values();
  }

  /** Lets the others go before a partition that has given records. */
  moveToEnd(target: SessionPartition): void {
    const key = partitionNameKey({ ...target, partition: target.asked.partition }, this.usesIds);
    if (this.#partitions.delete(key)) this.#partitions.set(key, target);
  }
}
