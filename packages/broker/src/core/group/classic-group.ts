import { assert } from '@nagare/base';
import type { ErrorName } from '@nagare/protocol';
import { javaHash } from '../key-partition.ts';
import { ClassicMember, type MemberProfile } from './classic-member.ts';
import type { CommitEvent } from './commit-event.ts';
import type { CommonGroup } from './common-group.ts';
import type { GroupMetadataMember, GroupMetadataRecord, GroupRecord, OffsetCommitRecord } from './group-record.ts';
import { subscribedTopics } from './subscribed-topics.ts';

/** Dead, Kafka's fifth state, is that of a group that is not there. */
export type ClassicState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable';

/** The first rebalance of a group waits for more members, again after each one that comes. */
export interface InitialRebalance {
  delayMs: number;
  remainingMs: number;
  hasNewMember: boolean;
}

export const never = Number.POSITIVE_INFINITY;
export const consumerProtocolType = 'consumer';
const nobody: ReadonlyMap<string, ClassicMember> = new Map();

/**
 * One classic group: who is in it, who waits, and until when.
 *
 * The last record of the group is what lasts; a rebalance under way, tickets and deadlines are this broker's alone and
 * are lost with it. The members then find out by a heartbeat and join again.
 */
export class ClassicGroup implements CommonGroup {
  readonly kind = 'classic';
  readonly groupId: string;
  state: ClassicState = 'Empty';
  generation = 0;
  protocolType: string | null = null;
  protocolName: string | null = null;
  leaderId: string | null = null;
  stateSinceMs = -1;
  /** Whether the log knows the group. */
  isRecorded = false;
  /** A time before which nothing falls due. */
  wakeAtMs = never;
  joinDeadlineMs = never;
  syncDeadlineMs = never;
  initialRebalance: InitialRebalance | undefined = undefined;
  /** Member ids given out with MEMBER_ID_REQUIRED, with the time until which they may be used. */
  readonly pendingJoins = new Map<string, number>();
  /** Only groups that need these have them: many have no more than somebody who asked to join, or offsets. */
  #pendingSyncs: Set<string> | undefined = undefined;
  #members: Map<string, ClassicMember> | undefined = undefined;
  #memberIdOfInstance: Map<string, string> | undefined = undefined;
  /** How many members support each protocol. */
  #supporters: Map<string, number> | undefined = undefined;
  #awaitingJoin = 0;
  /** Undefined when some member's subscription is not Kafka's. */
  #subscribedTopics: ReadonlySet<string> | undefined = undefined;

  constructor(groupId: string) {
    this.groupId = groupId;
  }

  get members(): ReadonlyMap<string, ClassicMember> {
    return this.#members ?? nobody;
  }

  /** Members of the current generation that have not asked for their assignment. */
  get pendingSyncs(): Set<string> {
    this.#pendingSyncs ??= new Set();
    return this.#pendingSyncs;
  }

  get awaitingJoinCount(): number {
    return this.#awaitingJoin;
  }

  get haveAllJoined(): boolean {
    return this.#awaitingJoin === this.members.size && this.pendingJoins.size === 0;
  }

  /** Whether nothing would be lost if the group were forgotten. */
  get isVacant(): boolean {
    return !this.isRecorded && this.isEmpty;
  }

  get isEmpty(): boolean {
    return this.state === 'Empty' && this.members.size === 0 && this.pendingJoins.size === 0;
  }

  /** Whether nobody ever joined it: it is there for its offsets. */
  get isSimple(): boolean {
    return this.protocolType === null && this.isEmpty;
  }

  /** The longest that a member may take to join again. */
  get rebalanceTimeoutMs(): number {
    let longestMs = 0;
    for (const member of this.members.values()) longestMs = Math.max(longestMs, member.rebalanceTimeoutMs);
    return longestMs;
  }

  memberIdOf(groupInstanceId: string): string | undefined {
    return this.#memberIdOfInstance?.get(groupInstanceId);
  }

  /** A member that is known to be there. */
  member(memberId: string): ClassicMember {
    const member = this.members.get(memberId);
    assert(member !== undefined, `Group ${this.groupId} has no member ${memberId}`);
    return member;
  }

  /** NONE, or why a request in the name of this member is refused. */
  checkMember(memberId: string, groupInstanceId: string | null): ErrorName {
    if (groupInstanceId !== null) {
      const current = this.#memberIdOfInstance?.get(groupInstanceId);
      if (current === undefined) return 'UNKNOWN_MEMBER_ID';
      if (current !== memberId) return 'FENCED_INSTANCE_ID';
    }
    return this.members.has(memberId) ? 'NONE' : 'UNKNOWN_MEMBER_ID';
  }

  /**
   * Who is no member may commit while there are none; a member may in its own generation, once it has an assignment. In
   * a transaction the state does not matter, and who does not say which member it is need not be one (KIP-447).
   */
  checkCommit({ memberId, groupInstanceId, generationId, producer }: CommitEvent): ErrorName {
    if (generationId < 0 && this.state === 'Empty') return 'NONE';
    if (generationId < 0 && memberId === '' && groupInstanceId === null) {
      return producer === undefined ? 'UNKNOWN_MEMBER_ID' : 'NONE';
    }
    const error = this.checkMember(memberId, groupInstanceId);
    if (error !== 'NONE') return error;
    if (generationId !== this.generation) return 'ILLEGAL_GENERATION';
    return this.state === 'CompletingRebalance' && producer === undefined ? 'REBALANCE_IN_PROGRESS' : 'NONE';
  }

  /** Anybody may read the offsets of a classic group. */
  checkFetch(): ErrorName {
    return 'NONE';
  }

  checkOffsetDelete(): ErrorName {
    return this.state === 'Empty' || this.protocolType === consumerProtocolType ? 'NONE' : 'NON_EMPTY_GROUP';
  }

  committed(memberId: string, nowMs: number): void {
    const member = this.members.get(memberId);
    if (member !== undefined) this.renewSession(member, nowMs);
  }

  /** Asks to be woken at `atMs` or before. */
  remind(atMs: number): void {
    if (atMs < this.wakeAtMs) this.wakeAtMs = atMs;
  }

  /** Lets a member's session begin again. */
  renewSession(member: ClassicMember, nowMs: number, timeoutMs: number = member.sessionTimeoutMs): void {
    member.expiresAtMs = nowMs + timeoutMs;
    this.remind(member.expiresAtMs);
  }

  add(member: ClassicMember, protocolType: string): void {
    if (this.members.size === 0) this.protocolType = protocolType;
    this.leaderId ??= member.memberId;
    this.pendingJoins.delete(member.memberId);
    this.#insert(member);
  }

  /** Takes a member out; the next one in line becomes leader if it was. What it waits for must be answered before. */
  remove(memberId: string): void {
    this.pendingJoins.delete(memberId);
    this.#pendingSyncs?.delete(memberId);
    const member = this.members.get(memberId);
    if (member === undefined) return;
    assert(member.joinTicket === undefined && member.syncTicket === undefined, 'A removed member has its answers');
    this.#members?.delete(memberId);
    this.#countProtocols(member, -1);
    if (member.groupInstanceId !== null) this.#memberIdOfInstance?.delete(member.groupInstanceId);
    if (this.leaderId === memberId) this.leaderId = this.members.keys().next().value ?? null;
  }

  /** Gives the place of a static member to a new process of the same instance. */
  replace(old: ClassicMember, profile: MemberProfile, protocols: ReadonlyMap<string, Buffer>): ClassicMember {
    const wasLeader = this.leaderId === old.memberId;
    this.remove(old.memberId);
    const member = new ClassicMember(profile, protocols);
    member.assignment = old.assignment;
    this.#insert(member);
    if (wasLeader) this.leaderId = member.memberId;
    return member;
  }

  update(member: ClassicMember, profile: MemberProfile, protocols: ReadonlyMap<string, Buffer>): void {
    this.#countProtocols(member, -1);
    member.protocols = protocols;
    this.#countProtocols(member, 1);
    member.rebalanceTimeoutMs = profile.rebalanceTimeoutMs;
    member.sessionTimeoutMs = profile.sessionTimeoutMs;
  }

  setJoinTicket(member: ClassicMember, ticket: number | undefined): void {
    this.#awaitingJoin += Number(ticket !== undefined) - Number(member.joinTicket !== undefined);
    member.joinTicket = ticket;
  }

  /** Whether a member with these protocols fits the others. */
  accepts(protocolType: string, protocols: Iterable<string>): boolean {
    if (this.state === 'Empty') return protocolType !== '' && !isEmpty(protocols);
    if (protocolType !== this.protocolType) return false;
    for (const name of protocols) if (this.#isCommon(name)) return true;
    return false;
  }

  /** The protocol that all members support and most like best. */
  selectProtocol(): string {
    const isCandidate = (name: string) => this.#isCommon(name);
    const votes = new Map<string, number>();
    for (const member of this.members.values()) {
      const name = member.vote(isCandidate);
      votes.set(name, (votes.get(name) ?? 0) + 1);
    }
    return winnerOf(votes);
  }

  /** Starts the next generation with the members that are there, who now have to ask for their assignments. */
  startGeneration(): void {
    this.generation += 1;
    this.protocolName = this.selectProtocol();
    this.state = 'CompletingRebalance';
    this.initialRebalance = undefined;
    this.#pendingSyncs?.clear();
    this.#readSubscriptions();
  }

  isSubscribedTo(topic: string): boolean {
    return this.#subscribedTopics?.has(topic) ?? this.protocolType === consumerProtocolType;
  }

  /**
   * The offsets of an empty group count from when it became empty; those of a group that has no members by nature, and
   * those of topics that a stable group no longer consumes, from the commit. None expires while the group rebalances or
   * its subscriptions are unknown.
   */
  get retentionBase(): ((offset: OffsetCommitRecord) => number) | undefined {
    const { protocolType, state, stateSinceMs } = this;
    if (protocolType === null || (state === 'Empty' && stateSinceMs < 0)) return (offset) => offset.commitTimeMs;
    if (state === 'Empty') return () => stateSinceMs;
    const knowsSubscriptions = protocolType === consumerProtocolType && this.#subscribedTopics !== undefined;
    return state === 'Stable' && knowsSubscriptions ? (offset) => offset.commitTimeMs : undefined;
  }

  tombstones(): readonly GroupRecord[] {
    return [{ type: 'group-tombstone', groupId: this.groupId }];
  }

  /** The group as it is to be remembered. */
  record(stateSinceMs: number, members: readonly GroupMetadataMember[]): GroupMetadataRecord {
    return {
      type: 'group-metadata',
      groupId: this.groupId,
      protocolType: this.protocolType,
      generation: this.generation,
      protocolName: this.protocolName,
      leaderId: this.leaderId,
      stateSinceMs,
      members,
    };
  }

  replay(record: GroupMetadataRecord): void {
    const live = new Map(this.members);
    this.#clearMembers();
    for (const stored of record.members) {
      this.#insert(ClassicMember.restored(stored, record.protocolName, live.get(stored.memberId)));
      this.pendingJoins.delete(stored.memberId);
    }
    this.isRecorded = true;
    this.state = record.members.length === 0 ? 'Empty' : 'Stable';
    this.generation = record.generation;
    this.protocolType = record.protocolType;
    this.protocolName = record.protocolName;
    this.leaderId = record.leaderId;
    this.stateSinceMs = record.stateSinceMs;
    this.joinDeadlineMs = never;
    this.initialRebalance = undefined;
    for (const memberId of this.pendingSyncs) if (!this.members.has(memberId)) this.pendingSyncs.delete(memberId);
    this.#readSubscriptions();
  }

  /** Works out anew when something falls due. */
  settleWakeAt(): void {
    this.wakeAtMs = Math.min(this.joinDeadlineMs, this.syncDeadlineMs);
    for (const expiresAtMs of this.pendingJoins.values()) this.remind(expiresAtMs);
    for (const member of this.members.values()) this.remind(member.expiresAtMs);
  }

  #isCommon(protocolName: string): boolean {
    return (this.#supporters?.get(protocolName) ?? 0) === this.members.size;
  }

  #insert(member: ClassicMember): void {
    this.#members ??= new Map();
    this.#members.set(member.memberId, member);
    this.#countProtocols(member, 1);
    if (member.groupInstanceId === null) return;
    this.#memberIdOfInstance ??= new Map();
    this.#memberIdOfInstance.set(member.groupInstanceId, member.memberId);
  }

  #countProtocols(member: ClassicMember, change: 1 | -1): void {
    this.#supporters ??= new Map();
    for (const name of member.protocols.keys()) {
      const count = (this.#supporters.get(name) ?? 0) + change;
      if (count === 0) this.#supporters.delete(name);
      else this.#supporters.set(name, count);
    }
  }

  #clearMembers(): void {
    for (const { joinTicket, syncTicket } of this.members.values()) {
      assert(joinTicket === undefined && syncTicket === undefined, 'A record leaves nobody waiting');
    }
    this.#members?.clear();
    this.#memberIdOfInstance?.clear();
    this.#supporters?.clear();
    this.#awaitingJoin = 0;
  }

  #readSubscriptions(): void {
    this.#subscribedTopics = undefined;
    if (this.protocolType !== consumerProtocolType) return;
    const all = new Set<string>();
    for (const member of this.members.values()) {
      const topics = subscribedTopics(member.metadataOf(this.protocolName));
      if (topics === undefined) return;
      for (const topic of topics) all.add(topic);
    }
    this.#subscribedTopics = all;
  }
}

/** What has the most votes; of equals the one that a hash table of Java has first, as in Kafka. */
function winnerOf(votes: ReadonlyMap<string, number>): string {
  let winner: string | undefined;
  for (const [name, count] of votes) {
    const lead = winner === undefined ? 1 : count - (votes.get(winner) as number);
    if (winner === undefined || lead > 0 || (lead === 0 && bucketOf(name) < bucketOf(winner))) winner = name;
  }
  assert(winner !== undefined, 'Members choose a protocol, and there is none');
  return winner;
}

/** The place of a name in Java's smallest hash table. */
function bucketOf(name: string): number {
  const hash = javaHash(name);
  return (hash ^ (hash >>> 16)) & 15;
}

function isEmpty(items: Iterable<unknown>): boolean {
  return items[Symbol.iterator]().next().done === true;
}
