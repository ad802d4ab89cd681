import type { Assignor } from './core/assignors/assignor.ts';
import type { Header, TopicPartition, TopicPartitionOffset } from './record.ts';

export type AssignorName = 'range' | 'roundrobin' | 'sticky' | 'cooperative-sticky';

/** Told when partitions come and go, between two records and never beside a handler; each is awaited. */
export interface RebalanceListener {
  /** New partitions, before their first record is fetched. */
  onAssigned?(partitions: readonly TopicPartition[]): void | Promise<void>;
  /** Partitions that go to another member, while they still are ours: the last moment to commit. */
  onRevoked?(partitions: readonly TopicPartition[]): void | Promise<void>;
  /** Partitions that another member may have already. */
  onLost?(partitions: readonly TopicPartition[]): void | Promise<void>;
}

export interface ConsumerOptions {
  /** The group to share partitions and commit offsets with. Without it: `assign` only, and no commits. */
  readonly groupId?: string;
  /** Makes this a static member, which may restart within the session timeout without a rebalance. */
  readonly groupInstanceId?: string;
  /**
   * What members may divide partitions by, most wanted first. With one eager assignor in the list, members give everything
   * up at each rebalance. Default: cooperative-sticky.
   */
  readonly assignors?: readonly (AssignorName | Assignor)[];
  /** Where to start without a committed offset, or when it is out of range. Default: 'latest'. */
  readonly autoOffsetReset?: 'earliest' | 'latest' | 'none';
  /** Commits what was processed every `autoCommitIntervalMs`, before revocation and on close. Default: true. */
  readonly autoCommit?: boolean;
  /** Default: 5,000. */
  readonly autoCommitIntervalMs?: number;
  /** Whether records of transactions are read before these are committed, and if they are aborted. Default: 'read_uncommitted'. */
  readonly isolationLevel?: 'read_uncommitted' | 'read_committed';
  /** How long the group waits for a sign of life, in milliseconds. Default: 45,000. */
  readonly sessionTimeoutMs?: number;
  /** Default: 3,000. */
  readonly heartbeatIntervalMs?: number;
  /** The most time between two polls (or that a handler may take) before the member leaves, in milliseconds. Default: 300,000. */
  readonly maxPollIntervalMs?: number;
  /** Bytes that a broker waits for before it answers a fetch. Default: 1. */
  readonly fetchBytesMin?: number;
  /** The most bytes of one fetch. Default: 52,428,800. */
  readonly fetchBytesMax?: number;
  /** The most bytes of one partition in a fetch. Default: 1,048,576. */
  readonly partitionFetchBytesMax?: number;
  /** How long a broker waits for `fetchBytesMin`, in milliseconds. Default: 500. */
  readonly fetchWaitMsMax?: number;
  /** Bytes that may be fetched ahead of the reader. Default: 16,777,216. */
  readonly prefetchBytesMax?: number;
  /** How long one request may take, in milliseconds. Default: 30,000. */
  readonly requestTimeoutMs?: number;
  /** Asks brokers to create topics that are subscribed to and missing. Default: true. */
  readonly allowAutoTopicCreation?: boolean;
  /** The rack that the consumer is in, for assignors. */
  readonly rackId?: string;
  readonly listener?: RebalanceListener;
  /** Closes the consumer when it aborts. */
  readonly signal?: AbortSignal;
}

export interface Subscription {
  readonly topics: readonly string[];
  /** Starts at the first record where no offset is committed: `autoOffsetReset: 'earliest'` for this consumer. */
  readonly fromBeginning?: boolean;
  /** Replaces the listener of the options. */
  readonly listener?: RebalanceListener;
}

/**
 * Goes over records without an object for each. The fields tell of the record that the last {@link next} moved to; byte
 * fields are slices of the fetched frame.
 */
export interface RecordCursor {
  /** Moves to the next record; false at the end. */
  next(): boolean;
  readonly offset: number;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly Header[];
}

/** What one fetch brought of one partition. */
export interface FetchedPartition extends TopicPartition {
  /** The offset behind the last record that consumers may see. */
  readonly highWatermark: number;
  /** The offset of the first record of an open transaction; the high watermark when there is none. */
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  /** The offset to go on from after all of this: to be committed once it is processed. */
  readonly nextOffset: number;
  /** Bytes of the batches, compressed as they came. */
  readonly byteLength: number;
  /** A cursor before the first record. Control records, and aborted ones under read_committed, are passed over. */
  records(): RecordCursor;
}

/** A record as a handler sees it. Key, value and headers are decoded when they are asked for. */
export interface Message extends TopicPartition {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly Header[];
}

export interface MessageContext extends TopicPartition {
  readonly message: Message;
  /** Pauses the partition after this message. */
  readonly pause: () => void;
}

export interface BatchContext extends TopicPartition {
  readonly batch: FetchedPartition;
  /** The messages of the batch, one after the other. */
  readonly messages: Iterable<Message>;
  /** Marks everything up to `offset` as processed, so that it is committed even if the handler fails later. */
  readonly resolveOffset: (offset: number) => void;
  readonly pause: () => void;
}

export interface RunOptions {
  /** Called for one message after the other; a rejection stops the run, and the message is not committed. */
  readonly eachMessage?: (context: MessageContext) => void | Promise<void>;
  /** Called for each fetched run of records of a partition. */
  readonly eachBatch?: (context: BatchContext) => void | Promise<void>;
  readonly signal?: AbortSignal;
}

/** A handler at work. */
export interface ConsumerRun {
  /** Resolves when the run was stopped or the consumer closed; rejects with what a handler or the group failed with. */
  readonly finished: Promise<void>;
  /** Waits for the handler that runs and stops. */
  stop(): Promise<void>;
}

export interface CommitOffset extends TopicPartitionOffset {
  readonly metadata?: string | null;
  readonly leaderEpoch?: number;
}

/** What a transaction needs to know of the group (KIP-447). */
export interface GroupMetadata {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}

/** Reads records. Made by `client.consumer()`. One loop at a time: `run`, `stream` or `poll`. */
export interface Consumer extends AsyncDisposable {
  /** Joins the group for topics, at the next poll. Replaces an earlier subscription. */
  subscribe(subscription: Subscription): void;
  /** Reads these partitions and no others, without the group's assignment. */
  assign(partitions: readonly TopicPartition[]): void;
  /** Leaves the group and drops all partitions. */
  unsubscribe(): Promise<void>;
  /** The partitions that are read at the moment. */
  assignment(): readonly TopicPartition[];
  /**
   * Waits for records, for at most `timeoutMs`, and returns what has been fetched, oldest first. A call says that
   * everything returned before is processed (and may be committed); rebalances happen inside calls alone.
   *
   * @param options.bytesMax - Stop collecting after this many bytes. Default: everything that is there.
   * @throws {ClientError} On what cannot be retried: no offset to start from, a fenced member, missing rights.
   */
  poll(options: {
    readonly timeoutMs: number;
    readonly bytesMax?: number;
    readonly signal?: AbortSignal;
  }): Promise<readonly FetchedPartition[]>;
  /** Calls a handler for what is read, until it is stopped. */
  run(options: RunOptions): Promise<ConsumerRun>;
  /** Messages one after the other, for `for await`. A message counts as processed when the next one is asked for. */
  stream(options?: { readonly signal?: AbortSignal }): AsyncIterableIterator<Message>;
  /** Stops fetching partitions; what was fetched of them waits. */
  pause(partitions: readonly TopicPartition[]): void;
  resume(partitions: readonly TopicPartition[]): void;
  paused(): readonly TopicPartition[];
  /** Goes on from an offset. */
  seek(position: TopicPartitionOffset): void;
  /** Goes on from the first or after the last record, at the next poll. */
  seekToBeginning(partitions: readonly TopicPartition[]): void;
  seekToEnd(partitions: readonly TopicPartition[]): void;
  /** The offset of the next record to be returned, or undefined until it is known. */
  position(partition: TopicPartition): number | undefined;
  /** Offsets between the last record that was returned and the last that may be read; undefined until fetched. */
  lag(partition: TopicPartition): number | undefined;
  /**
   * Commits offsets: those given, or all that are processed. An offset is that of the next record to read.
   *
   * @throws {ClientError} When the group has moved on, or the coordinator refuses.
   */
  commit(offsets?: readonly CommitOffset[]): Promise<void>;
  /** The committed offsets of partitions; undefined where there is none. */
  committed(partitions: readonly TopicPartition[]): Promise<readonly (CommitOffset | undefined)[]>;
  groupMetadata(): GroupMetadata;
  /** Whether the member joins the group anew, so that a commit now may come too late for the generation that it names. */
  readonly isRebalancing: boolean;
  /** Commits (with `autoCommit`), leaves the group unless it is a static member, and closes. */
  close(options?: { readonly timeoutMs?: number }): Promise<void>;
}
