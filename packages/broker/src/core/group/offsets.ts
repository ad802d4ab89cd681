import { type ErrorName, errorCode, zeroUuid } from '@nagare/protocol';
import type { CommitEvent, CommitPartition, CommitTopic } from './commit-event.ts';
import type { CommonGroup } from './common-group.ts';
import type { OffsetCommitRecord } from './group-record.ts';
import type { OffsetStore } from './offset-store.ts';
import { nameLengthMax, type Work } from './work.ts';

/** What a commit or a deletion did to each partition, in the order of the request. */
export interface PartitionResults {
  readonly errorCode: number;
  readonly topics: readonly TopicResult[];
}

export interface TopicResult {
  readonly name: string;
  readonly topicId: string;
  readonly partitions: readonly { readonly partitionIndex: number; readonly errorCode: number }[];
}

/** Remembers the offsets of a request, all of one turn together; those of a transaction until that ends. */
export function commitOffsets(group: CommonGroup | undefined, event: CommitEvent, work: Work): void {
  const error = checkCommit(group, event);
  if (error === 'NONE' && event.producer === undefined) group?.committed(event.memberId, work.nowMs);
  const topics = event.topics.map((topic) => ({
    name: topic.name,
    topicId: topic.topicId,
    partitions: topic.partitions.map((partition) => {
      const failure = commitError(topic, partition, { error, work });
      if (failure === 'NONE') work.records.push(recordOf(event, topic, partition, work.wallMs));
      return { partitionIndex: partition.partitionIndex, errorCode: errorCode[failure] };
    }),
  }));
  work.answer({ errorCode: errorCode[error], topics } satisfies PartitionResults);
}

function checkCommit(group: CommonGroup | undefined, event: CommitEvent): ErrorName {
  const { groupId, generationId, producer } = event;
  if (groupId.length > nameLengthMax || (groupId === '' && producer !== undefined)) return 'INVALID_GROUP_ID';
  if (group !== undefined) return group.checkCommit(event);
  if (generationId < 0) return 'NONE';
  return event.knowsMissingGroups ? 'GROUP_ID_NOT_FOUND' : 'ILLEGAL_GENERATION';
}

/** That a partition does not exist is told even to who may not commit. */
function commitError(
  topic: CommitTopic,
  { partitionIndex, committedMetadata }: CommitPartition,
  { error, work }: { readonly error: ErrorName; readonly work: Work },
): ErrorName {
  const missing = missingPartition(topic, partitionIndex);
  if (missing !== undefined) return missing;
  if (error !== 'NONE') return error;
  const lengthMax = Math.min(work.settings.offsetMetadataMax, nameLengthMax);
  const isTooLong = committedMetadata !== null && committedMetadata.length > lengthMax;
  return isTooLong ? 'OFFSET_METADATA_TOO_LARGE' : 'NONE';
}

/** That there is no such partition; undefined when there is. */
export function missingPartition(
  { name, partitionCount }: Pick<CommitTopic, 'name' | 'partitionCount'>,
  partitionIndex: number,
): ErrorName | undefined {
  if (partitionCount === 0 && name === '') return 'UNKNOWN_TOPIC_ID';
  return partitionIndex < 0 || partitionIndex >= partitionCount ? 'UNKNOWN_TOPIC_OR_PARTITION' : undefined;
}

function recordOf(
  event: CommitEvent,
  topic: CommitTopic,
  partition: CommitPartition,
  commitTimeMs: number,
): OffsetCommitRecord {
  const record: OffsetCommitRecord = {
    type: 'offset-commit',
    groupId: event.groupId,
    topic: topic.name,
    partition: partition.partitionIndex,
    offset: partition.committedOffset,
    leaderEpoch: partition.committedLeaderEpoch,
    metadata: partition.committedMetadata ?? '',
    commitTimeMs,
    expireTimeMs: event.retentionMs < 0 ? -1 : commitTimeMs + event.retentionMs,
    topicId: topic.topicId,
  };
  return event.producer === undefined ? record : { ...record, producer: event.producer };
}

export interface FetchOffsetsEvent {
  readonly groupId: string;
  /** Who asks; null and -1 for who does not say. */
  readonly memberId: string | null;
  readonly memberEpoch: number;
  /** Whether to tell of partitions whose offset an open transaction may change that it is unstable (KIP-447). */
  readonly requireStable: boolean;
  /** Null for all that the group has committed. */
  readonly topics: readonly FetchOffsetsTopic[] | null;
}

export interface FetchOffsetsTopic {
  readonly name: string;
  readonly topicId: string;
  readonly partitionIndexes: readonly number[];
}

/** What an OffsetFetch is answered for one group. */
export interface FetchedOffsets {
  readonly errorCode: number;
  readonly topics: readonly FetchedTopic[];
}

export interface FetchedTopic {
  readonly name: string;
  readonly topicId: string;
  readonly partitions: readonly FetchedOffset[];
}

export interface FetchedOffset {
  readonly partitionIndex: number;
  readonly committedOffset: number;
  readonly committedLeaderEpoch: number;
  readonly metadata: string;
  readonly errorCode: number;
}

export function fetchOffsets(
  group: CommonGroup | undefined,
  store: OffsetStore,
  event: FetchOffsetsEvent,
): FetchedOffsets {
  const error = group?.checkFetch(event.memberId, event.memberEpoch) ?? 'NONE';
  if (error !== 'NONE') return { errorCode: errorCode[error], topics: [] };
  return {
    errorCode: errorCode.NONE,
    topics: event.topics === null ? allOf(store, event) : event.topics.map((topic) => someOf(store, event, topic)),
  };
}

function allOf(store: OffsetStore, event: FetchOffsetsEvent): FetchedTopic[] {
  return Array.from(store.ofGroup(event.groupId) ?? [], ([name, partitions]) => ({
    name,
    topicId: zeroUuid,
    partitions: Array.from(partitions.values(), (offset) =>
      isUnstable(store, event, offset) ? unstable(offset.partition) : fetchedOffset(offset.partition, offset),
    ),
  }));
}

function someOf(store: OffsetStore, event: FetchOffsetsEvent, asked: FetchOffsetsTopic): FetchedTopic {
  const { name: topic, topicId, partitionIndexes } = asked;
  const partitions = partitionIndexes.map((partition) => {
    if (isUnstable(store, event, { topic, partition })) return unstable(partition);
    const offset = store.get(event.groupId, topic, partition);
    return fetchedOffset(partition, offset !== undefined && isOfTopic(offset, topicId) ? offset : undefined);
  });
  return { name: topic, topicId, partitions };
}

function isUnstable(
  store: OffsetStore,
  { groupId, requireStable }: FetchOffsetsEvent,
  { topic, partition }: { readonly topic: string; readonly partition: number },
): boolean {
  return requireStable && store.isStaged(groupId, topic, partition);
}

function unstable(partitionIndex: number): FetchedOffset {
  return { ...fetchedOffset(partitionIndex, undefined), errorCode: errorCode.UNSTABLE_OFFSET_COMMIT };
}

/** An offset outlives its topic when the broker dies before it has forgotten it; it is not that of a new topic. */
function isOfTopic(offset: OffsetCommitRecord, topicId: string): boolean {
  return offset.topicId === topicId || offset.topicId === zeroUuid || topicId === zeroUuid;
}

function fetchedOffset(partitionIndex: number, committed: OffsetCommitRecord | undefined): FetchedOffset {
  return {
    partitionIndex,
    committedOffset: committed?.offset ?? -1,
    committedLeaderEpoch: committed?.leaderEpoch ?? -1,
    metadata: committed?.metadata ?? '',
    errorCode: errorCode.NONE,
  };
}

export interface DeleteOffsetsEvent {
  readonly groupId: string;
  readonly topics: readonly {
    readonly name: string;
    /** How many partitions the topic has; 0 when there is no such topic. */
    readonly partitionCount: number;
    readonly partitions: readonly { readonly partitionIndex: number }[];
  }[];
}

/** Forgets offsets, unless the group still consumes the topic; also those that open transactions would commit. */
export function deleteOffsets(
  group: CommonGroup | undefined,
  store: OffsetStore,
  event: DeleteOffsetsEvent,
  work: Work,
): void {
  const error = group === undefined ? 'GROUP_ID_NOT_FOUND' : group.checkOffsetDelete();
  if (group === undefined || error !== 'NONE') {
    work.answer({ errorCode: errorCode[error], topics: [] } satisfies PartitionResults);
    return;
  }
  const { groupId } = event;
  const topics = event.topics.map(({ name: topic, partitionCount, partitions }) => {
    const refusal = group.isSubscribedTo(topic) ? 'GROUP_SUBSCRIBED_TO_TOPIC' : 'NONE';
    const results = partitions.map(({ partitionIndex: partition }) => {
      const failure = missingPartition({ name: topic, partitionCount }, partition) ?? refusal;
      const isKnown = store.get(groupId, topic, partition) !== undefined || store.isStaged(groupId, topic, partition);
      if (failure === 'NONE' && isKnown) work.records.push({ type: 'offset-tombstone', groupId, topic, partition });
      return { partitionIndex: partition, errorCode: errorCode[failure] };
    });
    return { name: topic, topicId: zeroUuid, partitions: results };
  });
  work.answer({ errorCode: errorCode.NONE, topics } satisfies PartitionResults);
}
