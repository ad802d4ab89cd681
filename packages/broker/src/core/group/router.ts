import { unreachable } from '@nagare/base';
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
import type { GroupRecord } from './group-record.ts';
import type { GroupSettings } from './group-settings.ts';
import { expireOffsets } from './offset-expiry.ts';
import { OffsetStore } from './offset-store.ts';
import {
  type CommitEvent,
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

/** The groups of one partition of `__consumer_offsets`: finds the group of each event and lets it decide. */
export class GroupShard implements ShardCore<GroupRecord> {
  readonly #settings: GroupSettings;
  readonly #groups = new Map<string, ClassicGroup>();
  readonly #offsets = new OffsetStore();
  /** A time before which no group has anything to do. */
  #wakeAtMs = never;

  constructor(settings: GroupSettings) {
    this.#settings = settings;
  }

  join(event: JoinEvent, turn: Turn): GroupStep<JoinReply> {
    const work = this.#work(turn);
    const error = this.#checkJoin(event);
    const group = this.#groups.get(event.groupId);
    if (error !== 'NONE') work.answer(joinError(event.memberId, error));
    else if (group !== undefined) joinGroup(group, event, work);
    else if (event.memberId !== '') work.answer(joinError(event.memberId, 'UNKNOWN_MEMBER_ID'));
    else joinGroup(this.#create(event.groupId), event, work);
    return this.#step(work, event.groupId);
  }

  sync(event: SyncEvent, turn: Turn): GroupStep<SyncReply> {
    const work = this.#work(turn);
    const group = this.#groups.get(event.groupId);
    if (event.groupId === '') work.answer(syncError('INVALID_GROUP_ID'));
    else if (group === undefined) work.answer(syncError('UNKNOWN_MEMBER_ID'));
    else syncGroup(group, event, work);
    return this.#step(work, event.groupId);
  }

  heartbeat(event: HeartbeatEvent, turn: Turn): GroupStep<ErrorReply> {
    const work = this.#work(turn);
    const group = this.#groups.get(event.groupId);
    if (event.groupId === '') work.answerCode('INVALID_GROUP_ID');
    else if (group === undefined) work.answerCode('UNKNOWN_MEMBER_ID');
    else work.answerCode(heartbeat(group, event, turn.nowMs));
    return this.#step(work, event.groupId);
  }

  leave(event: LeaveEvent, turn: Turn): GroupStep<LeaveReply> {
    const work = this.#work(turn);
    const group = this.#groups.get(event.groupId);
    if (event.groupId === '') work.answer({ errorCode: errorCode.INVALID_GROUP_ID, members: [] });
    else if (group === undefined) work.answer(leftNothing(event));
    else leaveGroup(group, event, work);
    return this.#step(work, event.groupId);
  }

  commit(event: CommitEvent, turn: Turn): GroupStep<PartitionResults> {
    const work = this.#work(turn);
    commitOffsets(this.#groups.get(event.groupId), event, work);
    return this.#step(work, event.groupId);
  }

  fetchOffsets(event: FetchOffsetsEvent, turn: Turn): GroupStep<FetchedOffsets> {
    return this.#reply(fetchOffsets(this.#offsets, event), turn);
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
      for (const tombstone of this.#offsets.tombstones(groupId, () => true)) work.records.push(tombstone);
      work.records.push({ type: 'group-tombstone', groupId });
      work.answerCode('NONE');
    }
    return this.#step(work, groupId);
  }

  describe(groupId: string, turn: Turn): GroupStep<GroupDescription> {
    const group = this.#groups.get(groupId);
    return this.#reply(group === undefined ? missingGroup(groupId) : describeGroup(group), turn);
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
  topicDeleted(topic: string, turn: Turn): GroupStep<undefined> {
    const work = this.#work(turn);
    for (const tombstone of this.#offsets.tombstonesOfTopic(topic)) work.records.push(tombstone);
    return this.#step(work);
  }

  /** Gives every member its whole session to show up; a group above its size has to gather again. */
  loaded(turn: Turn): GroupStep<undefined> {
    const work = this.#work(turn);
    for (const group of this.#groups.values()) {
      for (const member of group.members.values()) group.renewSession(member, turn.nowMs);
      if (group.members.size > this.#settings.membersMax) prepareRebalance(group, work);
      this.#remind(group);
    }
    return this.#step(work);
  }

  wake(turn: Turn): GroupStep<undefined> {
    const work = this.#work(turn);
    this.#wakeAtMs = never;
    for (const group of this.#groups.values()) {
      if (group.wakeAtMs <= turn.nowMs) wakeGroup(group, work);
      this.#remind(group);
    }
    return this.#step(work);
  }

  replay(record: GroupRecord): void {
    switch (record.type) {
      case 'group-metadata':
        (this.#groups.get(record.groupId) ?? this.#create(record.groupId)).replay(record);
        break;
      case 'group-tombstone':
        this.#groups.delete(record.groupId);
        break;
      case 'offset-commit':
        (this.#groups.get(record.groupId) ?? this.#create(record.groupId)).isRecorded = true;
        this.#offsets.set(record);
        break;
      case 'offset-tombstone':
        this.#offsets.delete(record);
        break;
      default:
        unreachable(record);
    }
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
    return { records: work.records, answers: work.answers, wakeAtMs: this.#wakeAtMs };
  }

  /** Keeps the time of the next wake-up; forgets a group of which nothing has to be remembered. */
  #remind(group: ClassicGroup): void {
    if (group.wakeAtMs < this.#wakeAtMs) this.#wakeAtMs = group.wakeAtMs;
    if (group.isVacant) this.#groups.delete(group.groupId);
  }
}
