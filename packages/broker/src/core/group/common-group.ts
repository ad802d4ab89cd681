import type { ErrorName } from '@nagare/protocol';
import type { CommitEvent } from './commit-event.ts';
import type { GroupRecord, OffsetCommitRecord } from './group-record.ts';

/** What the coordinator has to know of a group whatever protocol its members speak. */
export interface CommonGroup {
  readonly groupId: string;
  readonly kind: 'classic' | 'consumer';
  /** The state as Kafka's tools show it. */
  readonly state: string;
  readonly protocolType: string | null;
  /** Whether the log knows the group. */
  isRecorded: boolean;
  /** A time before which nothing falls due. */
  wakeAtMs: number;
  /** Whether nothing would be lost if the group were forgotten. */
  readonly isVacant: boolean;
  /** Whether nobody is in it, or about to be. */
  readonly isEmpty: boolean;
  /** NONE, or why these offsets may not be committed by who says that it is this member. */
  checkCommit(event: CommitEvent): ErrorName;
  /** NONE, or why offsets are not shown to who says that it is this member; null for one that does not say. */
  checkFetch(memberId: string | null, memberEpoch: number): ErrorName;
  /** NONE, or why offsets may not be deleted one by one. */
  checkOffsetDelete(): ErrorName;
  /** A commit was accepted, which is a sign of life of the member, too. */
  committed(memberId: string, nowMs: number): void;
  isSubscribedTo(topic: string): boolean;
  /**
   * Since when, in wall-clock time, the retention of an offset counts (KIP-211); undefined while none may expire.
   * Offsets of topics that the group is subscribed to do not expire in any case.
   */
  readonly retentionBase: ((offset: OffsetCommitRecord) => number) | undefined;
  /** What takes the group out of the log, its offsets left out. */
  tombstones(): readonly GroupRecord[];
}
