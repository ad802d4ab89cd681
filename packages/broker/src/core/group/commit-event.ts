import type { TxnProducer } from '../shard.ts';

export interface CommitEvent {
  readonly groupId: string;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  /** Its generation or, in a consumer group, its epoch; -1 from a consumer or tool that is no member. */
  readonly generationId: number;
  /** How long to keep the offsets; -1 for as long as the broker does. */
  readonly retentionMs: number;
  /** Whether the client's version knows GROUP_ID_NOT_FOUND and STALE_MEMBER_EPOCH. */
  readonly knowsMissingGroups: boolean;
  /** The producer in whose transaction the offsets are committed. */
  readonly producer?: TxnProducer;
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
