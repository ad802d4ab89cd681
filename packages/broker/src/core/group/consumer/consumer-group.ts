import { unreachable } from '@nagare/base';
import type { ErrorName } from '@nagare/protocol';
import type { CommitEvent } from '../commit-event.ts';
import type { CommonGroup } from '../common-group.ts';
import type { OffsetCommitRecord } from '../group-record.ts';
import type { ClusterView } from './cluster-view.ts';
import { checkConsumerCommit, checkMemberEpoch } from './commit-check.ts';
import { type ConsumerMember, ownedBy, unknownMember } from './consumer-member.ts';
import type { ConsumerRecord, ConsumerRecordType, RegularExpressionValue } from './consumer-record.ts';
import { type Duty, MemberDeadlines } from './member-deadlines.ts';
import { PartitionOwners } from './partition-owners.ts';
import { noPartitions, nothingOwned, type Partitions } from './partitions.ts';
import { Subscriptions } from './subscriptions.ts';

/** Dead, Kafka's fifth state, is that of a group that is not there. */
export type ConsumerGroupState = 'Empty' | 'Assigning' | 'Reconciling' | 'Stable';

/** That of a group in which nobody has subscribed to anything yet. */
const firstEpoch = 1;

/**
 * One consumer group (KIP-848): its members, what each of them is to have, and what each has.
 *
 * All of that is in the log; only deadlines are this broker's alone. A group that the log has told of has none until it
 * is armed: its `wakeAtMs` says that it wants to be.
 */
export class ConsumerGroup implements CommonGroup {
  readonly groupId: string;
  readonly kind = 'consumer';
  readonly protocolType = 'consumer';
  isRecorded = false;
  wakeAtMs = 0;
  /** The topics for which the group was last found to be up to date. */
  seenTopics: ClusterView | undefined = undefined;
  readonly deadlines = new MemberDeadlines();
  #epoch = firstEpoch;
  #metadataHash = 0;
  #targetEpoch = 0;
  #targetAtMs = 0;
  readonly #members: Map<string, ConsumerMember>;
  readonly #targets: Map<string, Partitions>;
  readonly #regexes: Map<string, RegularExpressionValue>;
  readonly #memberIdOfInstance: Map<string, string>;
  readonly #owners: PartitionOwners;
  #subscriptions: Subscriptions | undefined = undefined;

  constructor(groupId: string, origin?: ConsumerGroup) {
    this.groupId = groupId;
    this.#members = new Map(origin?.members);
    this.#targets = new Map(origin?.targets);
    this.#regexes = new Map(origin?.regexes);
    this.#memberIdOfInstance = new Map(origin === undefined ? [] : origin.#memberIdOfInstance);
    this.#owners = origin?.owners.fork() ?? new PartitionOwners();
    if (origin === undefined) return;
    this.#epoch = origin.epoch;
    this.#metadataHash = origin.metadataHash;
    this.#targetEpoch = origin.targetEpoch;
    this.#targetAtMs = origin.targetAtMs;
    this.#subscriptions = origin.#subscriptions;
  }

  /** The same group, to try on records before they are this one's. */
  fork(): ConsumerGroup {
    return new ConsumerGroup(this.groupId, this);
  }

  get epoch(): number {
    return this.#epoch;
  }

  get metadataHash(): number {
    return this.#metadataHash;
  }

  /** The epoch of which the target assignment is. */
  get targetEpoch(): number {
    return this.#targetEpoch;
  }

  get targetAtMs(): number {
    return this.#targetAtMs;
  }

  get members(): ReadonlyMap<string, ConsumerMember> {
    return this.#members;
  }

  get targets(): ReadonlyMap<string, Partitions> {
    return this.#targets;
  }

  /** What each regular expression stands for. */
  get regexes(): ReadonlyMap<string, RegularExpressionValue> {
    return this.#regexes;
  }

  get owners(): PartitionOwners {
    return this.#owners;
  }

  get subscriptions(): Subscriptions {
    this.#subscriptions ??= new Subscriptions(this.#members.values(), this.#regexes);
    return this.#subscriptions;
  }

  get state(): ConsumerGroupState {
    if (this.#members.size === 0) return 'Empty';
    if (this.#epoch > this.#targetEpoch) return 'Assigning';
    for (const { state, memberEpoch } of this.#members.values()) {
      if (state !== 'stable' || memberEpoch !== this.#targetEpoch) return 'Reconciling';
    }
    return 'Stable';
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  get isVacant(): boolean {
    return !this.isRecorded && this.isEmpty;
  }

  /** Whether it has members, and none of them speaks the protocol of KIP-848. */
  get isClassicAtHeart(): boolean {
    for (const { classic } of this.#members.values()) if (classic === null) return false;
    return !this.isEmpty;
  }

  targetOf(memberId: string): Partitions {
    return this.#targets.get(memberId) ?? noPartitions;
  }

  memberOfInstance(instanceId: string | null): ConsumerMember | undefined {
    const memberId = instanceId === null ? undefined : this.#memberIdOfInstance.get(instanceId);
    return memberId === undefined ? undefined : this.#members.get(memberId);
  }

  checkCommit(event: CommitEvent): ErrorName {
    return checkConsumerCommit(this, event);
  }

  checkFetch(memberId: string | null, memberEpoch: number): ErrorName {
    if (memberId === null && memberEpoch < 0) return 'NONE';
    const member = memberId === null ? undefined : this.#members.get(memberId);
    return member === undefined ? 'UNKNOWN_MEMBER_ID' : checkMemberEpoch(member, memberEpoch);
  }

  checkOffsetDelete(): ErrorName {
    return 'NONE';
  }

  /** Only a heartbeat keeps the session of a member. */
  committed(): void {}

  isSubscribedTo(topic: string): boolean {
    return this.subscriptions.topics.has(topic);
  }

  readonly retentionBase = (offset: OffsetCommitRecord): number => offset.commitTimeMs;

  tombstones(): readonly ConsumerRecord[] {
    const { groupId } = this;
    const ofMembers = <Type extends 'consumer-assignment' | 'consumer-target-member' | 'consumer-member'>(type: Type) =>
      Array.from(this.#members.keys(), (memberId) => ({ type, groupId, memberId, value: null }));
    return [
      ...ofMembers('consumer-assignment'),
      ...ofMembers('consumer-target-member'),
      { type: 'consumer-target', groupId, value: null },
      ...ofMembers('consumer-member'),
      ...Array.from(
        this.#regexes.keys(),
        (regex) => ({ type: 'consumer-regex', groupId, regex, value: null }) as const,
      ),
      { type: 'consumer-group', groupId, value: null },
    ];
  }

  /** Gives a member time until `atMs` for something. */
  setDeadline(memberId: string, duty: Duty, atMs: number): void {
    this.deadlines.set(memberId, duty, atMs);
    if (atMs < this.wakeAtMs) this.wakeAtMs = atMs;
  }

  /** Takes in a record of the group; the one that ends it is its owner's affair. */
  replay(record: ConsumerRecord): void {
    this.isRecorded = true;
    switch (record.type) {
      case 'consumer-group':
        this.#epoch = record.value?.epoch ?? firstEpoch;
        this.#metadataHash = record.value?.metadataHash ?? 0;
        break;
      case 'consumer-target':
        this.#targetEpoch = record.value?.epoch ?? 0;
        this.#targetAtMs = record.value?.atMs ?? 0;
        break;
      case 'consumer-target-member':
        if (record.value === null) this.#targets.delete(record.memberId);
        else this.#targets.set(record.memberId, record.value);
        break;
      case 'consumer-member':
        if (record.value === null) this.#remove(record.memberId);
        else this.#put({ ...this.#known(record.memberId), ...record.value });
        break;
      case 'consumer-assignment':
        if (record.value !== null) this.#put({ ...this.#known(record.memberId), ...record.value });
        else if (this.#members.has(record.memberId)) {
          this.#put({ ...this.#known(record.memberId), assigned: nothingOwned, pendingRevocation: nothingOwned });
        }
        break;
      case 'consumer-regex':
        if (record.value === null) this.#regexes.delete(record.regex);
        else this.#regexes.set(record.regex, record.value);
        this.#subscriptions = undefined;
        break;
      default:
        unreachable(record);
    }
  }

  #known(memberId: string): ConsumerMember {
    return this.#members.get(memberId) ?? unknownMember(memberId);
  }

  #put(member: ConsumerMember): void {
    const { memberId, instanceId } = member;
    const before = this.#members.get(memberId);
    if (before?.instanceId != null && before.instanceId !== instanceId) {
      this.#memberIdOfInstance.delete(before.instanceId);
    }
    this.#members.set(memberId, member);
    if (instanceId !== null) this.#memberIdOfInstance.set(instanceId, memberId);
    if (before === undefined || !hasSameSubscription(before, member)) this.#subscriptions = undefined;
    if (before?.assigned === member.assigned && before.pendingRevocation === member.pendingRevocation) return;
    if (before !== undefined) this.#owners.remove(memberId, ownedBy(before));
    this.#owners.add(memberId, ownedBy(member));
  }

  #remove(memberId: string): void {
    const member = this.#members.get(memberId);
    if (member === undefined) return;
    this.#members.delete(memberId);
    this.#owners.remove(memberId, ownedBy(member));
    this.#subscriptions = undefined;
    const { instanceId } = member;
    if (instanceId !== null && this.#memberIdOfInstance.get(instanceId) === memberId) {
      this.#memberIdOfInstance.delete(instanceId);
    }
  }
}

function hasSameSubscription(before: ConsumerMember, after: ConsumerMember): boolean {
  return (
    before.topicNames === after.topicNames &&
    before.topicRegex === after.topicRegex &&
    before.assignor === after.assignor &&
    before.classic === after.classic
  );
}

/** The records that take a member out of the log. */
export function memberTombstones(groupId: string, memberId: string): readonly ConsumerRecord[] {
  const types = [
    'consumer-assignment',
    'consumer-target-member',
    'consumer-member',
  ] as const satisfies ConsumerRecordType[];
  return types.map((type) => ({ type, groupId, memberId, value: null }));
}
