import { type ErrorName, errorCode } from '@nagare/protocol';
import type { ShardCore, Turn } from '../shard.ts';
import { ClassicGroup, never } from './classic-group.ts';
import { type JoinEvent, joinGroup } from './classic-join.ts';
import { prepareRebalance } from './classic-rebalance.ts';
import {
  type HeartbeatEvent,
  heartbeat,
  type LeaveEvent,
  type LeaveReply,
  leaveGroup,
  leftNothing,
  wakeGroup,
} from './classic-session.ts';
import { type SyncEvent, syncGroup } from './classic-sync.ts';
import type { CommitEvent } from './commit-event.ts';
import { type ClusterView, noTopics } from './consumer/cluster-view.ts';
import { ConsumerGroup } from './consumer/consumer-group.ts';
import { ConsumerGroups } from './consumer/consumer-groups.ts';
import type { ConsumerRecord } from './consumer/consumer-record.ts';
import type { ConsumerGroupDescription } from './consumer/consumer-views.ts';
import type { ConsumerHeartbeatEvent, ConsumerHeartbeatReply } from './consumer/heartbeat-event.ts';
import type { Group } from './group.ts';
import type { GroupRecord } from './group-record.ts';
import type { GroupSettings } from './group-settings.ts';
import { expireOffsets } from './offset-expiry.ts';
import { OffsetStore } from './offset-store.ts';
import {
  commitOffsets,
  type DeleteOffsetsEvent,
  deleteOffsets,
  type FetchedOffsets,
  type FetchOffsetsEvent,
  fetchOffsets,
  type PartitionResults,
} from './offsets.ts';
import { type JoinReply, joinError, type SyncReply, syncError } from './replies.ts';
import {
  describeGroup,
  type GroupDescription,
  type GroupFilter,
  type ListedGroup,
  listGroups,
  missingGroup,
} from './views.ts';
import { type ErrorReply, type GroupStep, nameLengthMax, Work } from './work.ts';

/** A topic that is no more. */
export interface DeletedTopic {
  readonly name: string;
  readonly id: string;
}

/** The groups of one partition of `__consumer_offsets`: finds the group of each event and lets it decide. */
export class GroupShard implements ShardCore<GroupRecord> {
  readonly #settings: GroupSettings;
  readonly #groups = new Map<string, Group>();
  readonly #offsets = new OffsetStore();
  readonly #consumers: ConsumerGroups;
  /** A time before which no group has anything to do. */
  #wakeAtMs = never;

  constructor(settings: GroupSettings, cluster: ClusterView = noTopics) {
    this.#settings = settings;
    this.#consumers = new ConsumerGroups(cluster);
  }

  join(event: JoinEvent, turn: Turn): GroupStep<JoinReply> {
    const work = this.#work(turn);
    const error = this.#checkJoin(event);
    const group = this.#groups.get(event.groupId);
    if (error !== 'NONE') work.answer(joinError(event.memberId, error));
    else if (group?.kind === 'consumer' && !group.isEmpty) this.#consumers.join(group, event, work);
    else if (group?.kind === 'classic') joinGroup(group, event, work);
    else if (event.memberId !== '') work.answer(joinError(event.memberId, 'UNKNOWN_MEMBER_ID'));
    else joinGroup(this.#replace(event.groupId, work), event, work);
    return this.#step(work, event.groupId);
  }

  sync(event: SyncEvent, turn: Turn): GroupStep<SyncReply> {
    const work = this.#work(turn);
    const group = this.#groups.get(event.groupId);
    if (event.groupId === '') work.answer(syncError('INVALID_GROUP_ID'));
    else if (group === undefined) work.answer(syncError('UNKNOWN_MEMBER_ID'));
    else if (group.kind === 'consumer') this.#consumers.sync(group, event, work);
    else syncGroup(group, event, work);
    return this.#step(work, event.groupId);
  }

  heartbeat(event: HeartbeatEvent, turn: Turn): GroupStep<ErrorReply> {
    const work = this.#work(turn);
    const group = this.#groups.get(event.groupId);
    if (event.groupId === '') work.answerCode('INVALID_GROUP_ID');
    else if (group === undefined) work.answerCode('UNKNOWN_MEMBER_ID');
    else if (group.kind === 'consumer') this.#consumers.heartbeatClassic(group, event, work);
    else work.answerCode(heartbeat(group, event, turn.nowMs));
    return this.#step(work, event.groupId);
  }

  leave(event: LeaveEvent, turn: Turn): GroupStep<LeaveReply> {
    const work = this.#work(turn);
    const group = this.#groups.get(event.groupId);
    if (event.groupId === '') work.answer({ errorCode: errorCode.INVALID_GROUP_ID, members: [] });
    else if (group === undefined) work.answer(leftNothing(event));
    else if (group.kind === 'consumer') this.#consumers.leave(group, event, work);
    else leaveGroup(group, event, work);
    return this.#step(work, event.groupId);
  }

  /** A heartbeat of the protocol of KIP-848, with which members join and leave, too. */
  consumerHeartbeat(event: ConsumerHeartbeatEvent, turn: Turn): GroupStep<ConsumerHeartbeatReply> {
    const work = this.#work(turn);
    this.#consumers.heartbeat(this.#groups.get(event.groupId), event, work);
    return this.#step(work, event.groupId);
  }

  commit(event: CommitEvent, turn: Turn): GroupStep<PartitionResults> {
    const work = this.#work(turn);
    commitOffsets(this.#groups.get(event.groupId), event, work);
    return this.#step(work, event.groupId);
  }

  fetchOffsets(event: FetchOffsetsEvent, turn: Turn): GroupStep<FetchedOffsets> {
    return this.#reply(fetchOffsets(this.#groups.get(event.groupId), this.#offsets, event), turn);
  }

  deleteOffsets(event: DeleteOffsetsEvent, turn: Turn): GroupStep<PartitionResults> {
    const work = this.#work(turn);
    if (event.groupId === '') work.answer({ errorCode: errorCode.INVALID_GROUP_ID, topics: [] });
    else deleteOffsets(this.#groups.get(event.groupId), this.#offsets, event, work);
    return this.#step(work, event.groupId);
  }

  deleteGroup(groupId: string, turn: Turn): GroupStep<ErrorReply> {
    const work = this.#work(turn);
    const group = this.#groups.get(groupId);
    if (group === undefined) work.answerCode('GROUP_ID_NOT_FOUND');
    else if (group.state !== 'Empty') work.answerCode('NON_EMPTY_GROUP');
    else {
      work.records.push(...this.#offsets.allTombstones(groupId), ...group.tombstones());
      work.answerCode('NONE');
    }
    return this.#step(work, groupId);
  }

  describe(groupId: string, turn: Turn): GroupStep<GroupDescription> {
    const group = this.#classic(groupId);
    return this.#reply(group === undefined ? missingGroup(groupId) : describeGroup(group), turn);
  }

  describeConsumerGroup(groupId: string, turn: Turn): GroupStep<ConsumerGroupDescription> {
    const work = this.#work(turn);
    return this.#reply(this.#consumers.describe(this.#groups.get(groupId), groupId, work), turn);
  }

  list(filter: GroupFilter, turn: Turn): GroupStep<readonly ListedGroup[]> {
    return this.#reply(listGroups(this.#groups.values(), filter), turn);
  }

  /** Forgets what has not been used for the time of retention. To be called now and then. */
  expireOffsets(turn: Turn): GroupStep<undefined> {
    const work = this.#work(turn);
    for (const group of this.#groups.values()) expireOffsets(group, this.#offsets, work);
    return this.#step(work);
  }

  /** Forgets the offsets of a topic that is no more. */
  topicDeleted({ name, id }: DeletedTopic, turn: Turn): GroupStep<undefined> {
    const work = this.#work(turn);
    work.records.push(...this.#offsets.tombstonesOfTopic(name, id));
    return this.#step(work);
  }

  /** Tells what topics there are now, and which configs groups have. */
  clusterChanged(cluster: ClusterView, turn: Turn): GroupStep<undefined> {
    this.#consumers.clusterChanged(cluster);
    return this.#step(this.#work(turn));
  }

  /** Gives every member its whole session to show up; a group above its size has to gather again. */
  loaded(turn: Turn): GroupStep<undefined> {
    const work = this.#work(turn);
    for (const group of this.#groups.values()) {
      if (group.kind === 'consumer') this.#consumers.wake(group, work);
      else {
        renewSessions(group, turn.nowMs);
        if (group.members.size > this.#settings.membersMax) prepareRebalance(group, work);
      }
      this.#remind(group);
    }
    return this.#step(work);
  }

  wake(turn: Turn): GroupStep<undefined> {
    const work = this.#work(turn);
    this.#wakeAtMs = never;
    for (const groupId of this.#consumers.takeDowngraded()) this.#gather(groupId, work);
    for (const group of this.#groups.values()) {
      if (group.wakeAtMs <= turn.nowMs) {
        if (group.kind === 'consumer') this.#consumers.wake(group, work);
        else wakeGroup(group, work);
      }
      this.#remind(group);
    }
    return this.#step(work);
  }

  replay(record: GroupRecord): void {
    switch (record.type) {
      case 'group-metadata':
        (this.#classic(record.groupId) ?? this.#create(record.groupId)).replay(record);
        break;
      case 'group-tombstone':
        if (this.#classic(record.groupId) !== undefined) this.#drop(record.groupId);
        break;
      case 'offset-commit':
        (this.#groups.get(record.groupId) ?? this.#create(record.groupId)).isRecorded = true;
        this.#offsets.set(record);
        break;
      case 'offset-tombstone':
        this.#offsets.delete(record);
        break;
      case 'transaction-end':
        this.#offsets.end(record);
        break;
      default:
        this.#replayConsumer(record);
    }
  }

  /** A group that has only offsets so far is one that nobody has joined: it becomes what its first member makes of it. */
  #replayConsumer(record: ConsumerRecord): void {
    const { groupId, type, value } = record;
    let group = this.#groups.get(groupId);
    if (value !== null && group?.kind !== 'consumer') {
      group = new ConsumerGroup(groupId);
      this.#groups.set(groupId, group);
    }
    if (group?.kind !== 'consumer') return;
    if (type === 'consumer-group' && value === null) this.#drop(groupId);
    else group.replay(record);
  }

  /** A classic group in the place of a consumer group that nobody is in, or of none. */
  #replace(groupId: string, work: Work): ClassicGroup {
    const old = this.#groups.get(groupId);
    const group = this.#create(groupId);
    if (old === undefined) return group;
    work.records.push(...old.tombstones());
    group.isRecorded = old.isRecorded;
    return group;
  }

  /** The members of a group that has just become classic have their sessions, and join anew. */
  #gather(groupId: string, work: Work): void {
    const group = this.#classic(groupId);
    if (group === undefined) return;
    renewSessions(group, work.nowMs);
    prepareRebalance(group, work);
  }

  #checkJoin(event: JoinEvent): ErrorName {
    const { sessionTimeoutMsMin, sessionTimeoutMsMax } = this.#settings;
    const { groupId, sessionTimeoutMs, protocolType, groupInstanceId, clientId } = event;
    if (groupId === '' || groupId.length > nameLengthMax) return 'INVALID_GROUP_ID';
    if (sessionTimeoutMs < sessionTimeoutMsMin || sessionTimeoutMs > sessionTimeoutMsMax)
      return 'INVALID_SESSION_TIMEOUT';
    const names = [protocolType, groupInstanceId ?? '', clientId, ...event.protocols.map(({ name }) => name)];
    return names.some((name) => name.length > nameLengthMax) ? 'INVALID_REQUEST' : 'NONE';
  }

  #classic(groupId: string): ClassicGroup | undefined {
    const group = this.#groups.get(groupId);
    return group?.kind === 'classic' ? group : undefined;
  }

  /** Takes a group out. Offsets that it leaves behind, as when it changes its protocol, still belong to somebody. */
  #drop(groupId: string): void {
    this.#groups.delete(groupId);
    const hasOffsets = this.#offsets.ofGroup(groupId) !== undefined || this.#offsets.hasStaged(groupId);
    if (hasOffsets) this.#create(groupId).isRecorded = true;
  }

  #create(groupId: string): ClassicGroup {
    const group = new ClassicGroup(groupId);
    this.#groups.set(groupId, group);
    return group;
  }

  #work(turn: Turn): Work {
    return new Work(turn, this.#settings);
  }

  #reply(response: unknown, { ticket }: Turn): GroupStep<never> {
    return { records: [], answers: [{ ticket, response }], wakeAtMs: this.#wakeAtMs };
  }

  #step(work: Work, groupId?: string): GroupStep<never> {
    const group = groupId === undefined ? undefined : this.#groups.get(groupId);
    if (group !== undefined) this.#remind(group);
    if (work.wakeAtMs < this.#wakeAtMs) this.#wakeAtMs = work.wakeAtMs;
    return { records: work.records, answers: work.answers, wakeAtMs: this.#wakeAtMs };
  }

  /** Keeps the time of the next wake-up; forgets a group of which nothing has to be remembered. */
  #remind(group: Group): void {
    if (group.wakeAtMs < this.#wakeAtMs) this.#wakeAtMs = group.wakeAtMs;
    if (group.isVacant) this.#groups.delete(group.groupId);
  }
}

function renewSessions(group: ClassicGroup, nowMs: number): void {
  for (const member of group.members.values()) group.renewSession(member, nowMs);
}
