import type { CommitOffset } from '../consumer.ts';
import type { TopicPartition, TopicPartitionOffset } from '../record.ts';

export interface AdminOptions {
  /** How long one request may take, in milliseconds. Default: 30,000. */
  readonly requestTimeoutMs?: number;
  /** How long an operation is tried again for, in milliseconds. Default: 60,000. */
  readonly operationTimeoutMs?: number;
}

export interface NewTopic {
  readonly topic: string;
  /** Default: the broker's `num.partitions`. */
  readonly numPartitions?: number;
  /** Default: the broker's `default.replication.factor`. */
  readonly replicationFactor?: number;
  /** The replicas of each partition, in place of the two numbers. */
  readonly replicaAssignment?: readonly { readonly partition: number; readonly replicas: readonly number[] }[];
  readonly configEntries?: Readonly<Record<string, string>>;
}

export interface CreatedTopic {
  readonly topic: string;
  readonly topicId: string;
  /** False when it was there before. */
  readonly created: boolean;
}

export interface TopicListing {
  readonly topic: string;
  readonly topicId: string;
  readonly isInternal: boolean;
}

export interface PartitionDescription {
  readonly partition: number;
  /** The broker that leads it, or -1. */
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  readonly offlineReplicas: readonly number[];
}

export interface TopicDescription extends TopicListing {
  readonly partitions: readonly PartitionDescription[];
}

export type ConfigResourceType = 'topic' | 'broker' | 'broker-logger' | 'group' | 'client-metrics';

export interface ConfigResource {
  readonly type: ConfigResourceType;
  readonly name: string;
}

export type ConfigSource =
  | 'unknown'
  | 'topic'
  | 'dynamic-broker'
  | 'dynamic-default-broker'
  | 'static-broker'
  | 'default'
  | 'dynamic-broker-logger'
  | 'client-metrics'
  | 'group';

export interface ConfigEntry {
  readonly name: string;
  /** Null for a secret. */
  readonly value: string | null;
  readonly source: ConfigSource;
  readonly isDefault: boolean;
  readonly readOnly: boolean;
  readonly isSensitive: boolean;
  readonly documentation: string | null;
}

export interface ConfigDescription extends ConfigResource {
  readonly entries: readonly ConfigEntry[];
}

export interface ConfigChange {
  readonly name: string;
  /** Default: 'set'. `append` and `subtract` work on list values. */
  readonly operation?: 'set' | 'delete' | 'append' | 'subtract';
  readonly value?: string | null;
}

/** The first offset, the one after the last, the one of the largest timestamp, or the first at or after a time. */
export type OffsetSpec = 'earliest' | 'latest' | 'max-timestamp' | { readonly timestamp: number };

export interface ListedOffset extends TopicPartition {
  /** -1 when no record is at or after the time that was asked for. */
  readonly offset: number;
  /** The record's timestamp, or -1. */
  readonly timestamp: number;
  readonly leaderEpoch: number;
}

export interface GroupListing {
  readonly groupId: string;
  readonly protocolType: string;
  readonly state: string;
  readonly type: string;
}

export interface GroupMemberDescription {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  /** What it is assigned, for groups of consumers. */
  readonly assignment: readonly TopicPartition[];
}

export interface GroupDescription {
  readonly groupId: string;
  /** Empty, PreparingRebalance, CompletingRebalance, Stable or Dead. */
  readonly state: string;
  readonly protocolType: string;
  /** The assignor in use. */
  readonly protocol: string;
  readonly members: readonly GroupMemberDescription[];
  readonly coordinator: number;
}

export interface BrokerDescription {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

export interface ClusterDescription {
  readonly clusterId: string;
  readonly controller: number;
  readonly brokers: readonly BrokerDescription[];
}

export interface TransactionListing {
  readonly transactionalId: string;
  readonly producerId: number;
  /** Empty, Ongoing, PrepareCommit, PrepareAbort, CompleteCommit, CompleteAbort or PrepareEpochFence. */
  readonly state: string;
}

export interface TransactionDescription extends TransactionListing {
  readonly coordinator: number;
  readonly producerEpoch: number;
  readonly timeoutMs: number;
  /** Milliseconds since 1970, or -1 when none is open. */
  readonly startTimeMs: number;
  /** What the open transaction has written to. */
  readonly partitions: readonly TopicPartition[];
}

export interface FencedProducer {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
}

export interface ProducerDescription {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly lastSequence: number;
  /** Milliseconds since 1970. */
  readonly lastTimestampMs: number;
  /** -1 when no transaction of it has ended here. */
  readonly coordinatorEpoch: number;
  /** The first offset of its open transaction; undefined when there is none. */
  readonly transactionStartOffset: number | undefined;
}

export interface PartitionProducers extends TopicPartition {
  readonly producers: readonly ProducerDescription[];
}

export interface AbortTransactionRequest extends TopicPartition {
  /** The first offset of the transaction, as `describeProducers` tells it. */
  readonly startOffset: number;
}

/** Looks after topics, configs, offsets, groups and transactions. Made by `client.admin()`. Every method throws {@link ClientError}. */
export interface Admin extends AsyncDisposable {
  /** Creates topics. Those that exist are left as they are unless `failIfExists`. */
  createTopics(request: {
    readonly topics: readonly NewTopic[];
    readonly validateOnly?: boolean;
    readonly failIfExists?: boolean;
    /** Waits until every partition has a leader. Default: true. */
    readonly waitForLeaders?: boolean;
  }): Promise<CreatedTopic[]>;
  deleteTopics(request: { readonly topics: readonly string[] }): Promise<void>;
  /** All topics; internal ones only with `includeInternal`. */
  listTopics(options?: { readonly includeInternal?: boolean }): Promise<TopicListing[]>;
  /** Describes topics; a missing one is an error with `kafka: 'UNKNOWN_TOPIC_OR_PARTITION'`. */
  describeTopics(request: { readonly topics: readonly string[] }): Promise<TopicDescription[]>;
  /** Raises the number of partitions to `count`. */
  createPartitions(request: {
    readonly topics: readonly { readonly topic: string; readonly count: number }[];
    readonly validateOnly?: boolean;
  }): Promise<void>;
  describeConfigs(request: {
    readonly resources: readonly (ConfigResource & { readonly names?: readonly string[] })[];
    readonly includeDocumentation?: boolean;
  }): Promise<ConfigDescription[]>;
  /** Changes the named configs and leaves the others as they are. */
  alterConfigs(request: {
    readonly resources: readonly (ConfigResource & { readonly changes: readonly ConfigChange[] })[];
    readonly validateOnly?: boolean;
  }): Promise<void>;
  listOffsets(request: {
    readonly partitions: readonly (TopicPartition & { readonly at: OffsetSpec })[];
    readonly isolationLevel?: 'read_uncommitted' | 'read_committed';
  }): Promise<ListedOffset[]>;
  /** Deletes the records before an offset (-1: all of them) and returns the first offset that is left. */
  deleteRecords(request: { readonly partitions: readonly TopicPartitionOffset[] }): Promise<TopicPartitionOffset[]>;
  listGroups(request?: {
    readonly states?: readonly string[];
    readonly types?: readonly string[];
  }): Promise<GroupListing[]>;
  describeGroups(request: { readonly groupIds: readonly string[] }): Promise<GroupDescription[]>;
  deleteGroups(request: { readonly groupIds: readonly string[] }): Promise<void>;
  /** The committed offsets of a group: of all partitions that have one, or of those given. */
  fetchOffsets(request: {
    readonly groupId: string;
    readonly partitions?: readonly TopicPartition[];
  }): Promise<CommitOffset[]>;
  /** Sets committed offsets of a group without members. */
  setOffsets(request: { readonly groupId: string; readonly offsets: readonly CommitOffset[] }): Promise<void>;
  /** Deletes committed offsets of a group. */
  deleteOffsets(request: { readonly groupId: string; readonly partitions: readonly TopicPartition[] }): Promise<void>;
  /** The transactional ids that coordinators know: all, or those in a state, of a producer, or open for longer than a time. */
  listTransactions(request?: {
    readonly states?: readonly string[];
    readonly producerIds?: readonly number[];
    readonly longerThanMs?: number;
  }): Promise<TransactionListing[]>;
  /** Describes transactions; one that is not known is an error with `kafka: 'TRANSACTIONAL_ID_NOT_FOUND'`. */
  describeTransactions(request: { readonly transactionalIds: readonly string[] }): Promise<TransactionDescription[]>;
  /** Ends what is open under transactional ids, and lets their producers do nothing more. */
  fenceProducers(request: { readonly transactionalIds: readonly string[] }): Promise<FencedProducer[]>;
  /** The producers that have written to partitions lately. */
  describeProducers(request: { readonly partitions: readonly TopicPartition[] }): Promise<PartitionProducers[]>;
  /**
   * Ends a transaction that hangs in one partition, because its coordinator has forgotten it (KIP-664). One that its
   * coordinator knows is ended by `fenceProducers` instead.
   *
   * @throws {RangeError} When no transaction is open from that offset on.
   */
  abortTransaction(request: AbortTransactionRequest): Promise<void>;
  describeCluster(): Promise<ClusterDescription>;
  close(): Promise<void>;
}
