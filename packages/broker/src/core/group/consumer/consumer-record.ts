import type { ClassicSide, MemberState } from './consumer-member.ts';
import type { OwnedPartitions, Partitions } from './partitions.ts';

/** What a coordinator remembers of consumer groups (KIP-848). A null value takes back what was remembered before. */
export type ConsumerRecord =
  | ConsumerGroupRecord
  | ConsumerMemberRecord
  | TargetEpochRecord
  | TargetMemberRecord
  | CurrentAssignmentRecord
  | RegularExpressionRecord;

export type ConsumerRecordType = ConsumerRecord['type'];

interface OfGroup<Type extends string, Value> {
  readonly type: Type;
  readonly groupId: string;
  readonly value: Value | null;
}

interface OfMember<Type extends string, Value> extends OfGroup<Type, Value> {
  readonly memberId: string;
}

/** The epoch of a group: it counts what asks for another assignment. */
export type ConsumerGroupRecord = OfGroup<'consumer-group', ConsumerGroupValue>;

export interface ConsumerGroupValue {
  readonly epoch: number;
  /** Of the topics that the group consumed in that epoch, as they were. */
  readonly metadataHash: number;
}

/** A member as it told of itself. */
export type ConsumerMemberRecord = OfMember<'consumer-member', ConsumerMemberValue>;

export interface ConsumerMemberValue {
  readonly instanceId: string | null;
  readonly rackId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  /** In order, each once. */
  readonly topicNames: readonly string[];
  /** Empty for none. */
  readonly topicRegex: string;
  readonly rebalanceTimeoutMs: number;
  /** The assignor that it would like. */
  readonly assignor: string | null;
  /** Null when it speaks the protocol of KIP-848. */
  readonly classic: ClassicSide | null;
}

/** The epoch for which the target assignment was made. */
export type TargetEpochRecord = OfGroup<'consumer-target', TargetEpochValue>;

export interface TargetEpochValue {
  readonly epoch: number;
  /** Wall-clock time at which it was made; 0 when that does not matter. */
  readonly atMs: number;
}

/** What one member is to have. */
export type TargetMemberRecord = OfMember<'consumer-target-member', Partitions>;

/** What one member has. */
export type CurrentAssignmentRecord = OfMember<'consumer-assignment', CurrentAssignmentValue>;

export interface CurrentAssignmentValue {
  readonly memberEpoch: number;
  /** The epoch before the last change, which a member may still believe in when an answer was lost. */
  readonly previousMemberEpoch: number;
  readonly state: MemberState;
  readonly assigned: OwnedPartitions;
  /** What it has to give up, and has not yet. */
  readonly pendingRevocation: OwnedPartitions;
}

/** The topics that a regular expression stands for. */
export interface RegularExpressionRecord extends OfGroup<'consumer-regex', RegularExpressionValue> {
  readonly regex: string;
}

export interface RegularExpressionValue {
  /** In order. */
  readonly topics: readonly string[];
  /** Wall-clock time at which it was resolved. */
  readonly atMs: number;
}
