import type { TxnEnd, TxnProducer } from '../shard.ts';
import type { ConsumerRecord } from './consumer/consumer-record.ts';

/** What a group coordinator remembers: one entry of `__consumer_offsets`. */
export type GroupRecord =
  | GroupMetadataRecord
  | GroupTombstone
  | OffsetCommitRecord
  | OffsetTombstone
  | TransactionEndRecord
  | ConsumerRecord;

/** The state of a classic group at the start of a generation, or when it became empty. */
export interface GroupMetadataRecord {
  readonly type: 'group-metadata';
  readonly groupId: string;
  /** Null for a group that nobody has joined yet. */
  readonly protocolType: string | null;
  readonly generation: number;
  readonly protocolName: string | null;
  readonly leaderId: string | null;
  /** Wall-clock time at which the group came into this state; -1 when an old broker did not store it. */
  readonly stateSinceMs: number;
  readonly members: readonly GroupMetadataMember[];
}

export interface GroupMetadataMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly rebalanceTimeoutMs: number;
  readonly sessionTimeoutMs: number;
  readonly subscription: Buffer;
  readonly assignment: Buffer;
}

export interface GroupTombstone {
  readonly type: 'group-tombstone';
  readonly groupId: string;
}

export interface OffsetCommitRecord {
  readonly type: 'offset-commit';
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly leaderEpoch: number;
  readonly metadata: string;
  readonly commitTimeMs: number;
  /** Wall-clock time at which the offset expires; -1 when the broker's retention decides. */
  readonly expireTimeMs: number;
  /** The topic when the offset was committed; the zero id when unknown. */
  readonly topicId: string;
  /** The producer in whose transaction it stands: it counts once that is committed. */
  readonly producer?: TxnProducer;
}

export interface OffsetTombstone {
  readonly type: 'offset-tombstone';
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
}

/** A marker: it commits or drops the offsets that stand in the transaction of a producer. */
export interface TransactionEndRecord extends TxnEnd {
  readonly type: 'transaction-end';
}
