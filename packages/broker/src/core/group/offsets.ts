import { type ErrorName, errorCode, zeroUuid } from '@nagare/protocol';
import { type ClassicGroup, consumerProtocolType } from './classic-group.ts';
import type { OffsetCommitRecord } from './group-record.ts';
import type { OffsetStore } from './offset-store.ts';
import { nameLengthMax, type Work } from './work.ts';

export interface CommitEvent {
  readonly groupId: string;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  /** -1 from a consumer or tool that is no member. */
  readonly generationId: number;
  /** How long to keep the offsets; -1 for as long as the broker does. */
  readonly retentionMs: number;
  /** Whether the client's version knows GROUP_ID_NOT_FOUND. */
  readonly knowsMissingGroups: boolean;
  readonly topics: readonly CommitTopic[];
}

export interface CommitTopic {
  readonly name: string;
  readonly topicId: string;
  /** How many partitions the topic has; 0 when there is no such topic. */
  readonly partitionCount: number;
  readonly partitions: readonly CommitPartition[];
}

export interface CommitPartition {
  readonly partitionIndex: number;
  readonly committedOffset: number;
  readonly committedLeaderEpoch: number;
  readonly committedMetadata: string | null;
}

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

/** Remembers the offsets of a request, all of one turn together. */
export function commitOffsets(group: ClassicGroup | undefined, event: CommitEvent, work: Work): void {
  const error = checkCommit(group, event);
  if (error === 'NONE') keepSession(group, event.memberId, work.nowMs);
  const topics = event.topics.map((topic) => ({
    name: topic.name,
    topicId: topic.topicId,
    partitions: topic.partitions.map((partition) => {
      const failure = error === 'NONE' || topic.partitionCount === 0 ? checkPartition(topic, partition, work) : error;
      if (failure === 'NONE') work.records.push(recordOf(event, topic, partition, work.wallMs));
      return { partitionIndex: partition.partitionIndex, errorCode: errorCode[failure] };
    }),
  }));
  work.answer({ errorCode: errorCode[error], topics } satisfies PartitionResults);
}

/** Who is no member may commit while there are none; a member may in its own generation, once it has an assignment. */
function checkCommit(group: ClassicGroup | undefined, event: CommitEvent): ErrorName {
  const { groupId, memberId, groupInstanceId, generationId } = event;
  if (groupId.length > nameLengthMax) return 'INVALID_GROUP_ID';
  if (group === undefined) {
    if (generationId < 0) return 'NONE';
    return event.knowsMissingGroups ? 'GROUP_ID_NOT_FOUND' : 'ILLEGAL_GENERATION';
  }
  if (generationId < 0 && group.state === 'Empty') return 'NONE';
  if (generationId < 0 && memberId === '' && groupInstanceId === null) return 'UNKNOWN_MEMBER_ID';
  const error = group.checkMember(memberId, groupInstanceId);
  if (error !== 'NONE') return error;
  if (generationId !== group.generation) return 'ILLEGAL_GENERATION';
  return group.state === 'CompletingRebalance' ? 'REBALANCE_IN_PROGRESS' : 'NONE';
}

/** A commit is a sign of life, too. */
function keepSession(group: ClassicGroup | undefined, memberId: string, nowMs: number): void {
  const member = group?.members.get(memberId);
  if (member !== undefined) group?.renewSession(member, nowMs);
}

function checkPartition(topic: CommitTopic, partition: CommitPartition, work: Work): ErrorName {
  const { partitionIndex, committedMetadata } = partition;
  if (topic.partitionCount === 0 && topic.name === '') return 'UNKNOWN_TOPIC_ID';
  if (partitionIndex < 0 || partitionIndex >= topic.partitionCount) return 'UNKNOWN_TOPIC_OR_PARTITION';
  const lengthMax = Math.min(work.settings.offsetMetadataMax, nameLengthMax);
  const isTooLong = committedMetadata !== null && committedMetadata.length > lengthMax;
  return isTooLong ? 'OFFSET_METADATA_TOO_LARGE' : 'NONE';
}

function recordOf(
  event: CommitEvent,
  topic: CommitTopic,
  partition: CommitPartition,
  commitTimeMs: number,
): OffsetCommitRecord {
  return {
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
}

export interface FetchOffsetsEvent {
  readonly groupId: string;
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

export function fetchOffsets(store: OffsetStore, event: FetchOffsetsEvent): FetchedOffsets {
  const { groupId, topics } = event;
  return {
    errorCode: errorCode.NONE,
    topics: topics === null ? allOf(store, groupId) : someOf(store, groupId, topics),
  };
}

function allOf(store: OffsetStore, groupId: string): FetchedTopic[] {
  return Array.from(store.ofGroup(groupId) ?? [], ([name, partitions]) => ({
    name,
    topicId: zeroUuid,
    partitions: Array.from(partitions.values(), (offset) => fetchedOffset(offset.partition, offset)),
  }));
}

function someOf(store: OffsetStore, groupId: string, topics: readonly FetchOffsetsTopic[]): FetchedTopic[] {
  return topics.map(({ name, topicId, partitionIndexes }) => ({
    name,
    topicId,
    partitions: partitionIndexes.map((partition) => {
      const offset = store.get(groupId, name, partition);
      return fetchedOffset(partition, offset !== undefined && isOfTopic(offset, topicId) ? offset : undefined);
    }),
  }));
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
    readonly partitions: readonly { readonly partitionIndex: number }[];
  }[];
}

/** Forgets offsets, unless the group still consumes the topic. */
export function deleteOffsets(
  group: ClassicGroup | undefined,
  store: OffsetStore,
  event: DeleteOffsetsEvent,
  work: Work,
): void {
  const error = checkDelete(group);
  if (group === undefined || error !== 'NONE') {
    work.answer({ errorCode: errorCode[error], topics: [] } satisfies PartitionResults);
    return;
  }
  const topics = event.topics.map(({ name, partitions }) => {
    const failure = group.isSubscribedTo(name) ? 'GROUP_SUBSCRIBED_TO_TOPIC' : 'NONE';
    const results = partitions.map(({ partitionIndex }) => {
      if (failure === 'NONE' && store.get(event.groupId, name, partitionIndex) !== undefined) {
        work.records.push({ type: 'offset-tombstone', groupId: event.groupId, topic: name, partition: partitionIndex });
      }
      return { partitionIndex, errorCode: errorCode[failure] };
    });
    return { name, topicId: zeroUuid, partitions: results };
  });
  work.answer({ errorCode: errorCode.NONE, topics } satisfies PartitionResults);
}

function checkDelete(group: ClassicGroup | undefined): ErrorName {
  if (group === undefined) return 'GROUP_ID_NOT_FOUND';
  return group.state === 'Empty' || group.protocolType === consumerProtocolType ? 'NONE' : 'NON_EMPTY_GROUP';
}
