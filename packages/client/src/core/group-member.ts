import { type apis, type ErrorName, errorName, type RequestDraftOf, type ResponseOf } from '@nagare/protocol';
import type { GroupMetadata } from '../consumer.ts';
import type { TopicPartition } from '../record.ts';
import { type Assignor, type MemberAssignment, partitionKey } from './assignors/assignor.ts';
import { readAssignment, readSubscription, writeAssignment, writeSubscription } from './consumer-protocol.ts';

export interface GroupMemberOptions {
  readonly groupId: string;
  readonly groupInstanceId: string | null;
  /** Most wanted first. */
  readonly assignors: readonly Assignor[];
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly rackId: string | null;
}

/** What an answer asks of the host: go on; ask again later; find the coordinator first; join anew; or give up. */
export type GroupVerdict = 'ok' | 'retry' | 'rediscover' | 'rejoin' | 'fatal';

/**
 * - `idle`: not in the group; joins at the next poll.
 * - `joining`: between the JoinGroup request and the assignment.
 * - `settling`: has an assignment that the user has not been told of.
 * - `stable`: reads what it is assigned.
 */
export type MemberState = 'idle' | 'joining' | 'settling' | 'stable';

export interface PartitionChange {
  readonly revoked: readonly TopicPartition[];
  /** Whether somebody else may have them already. */
  readonly areLost: boolean;
}

type JoinAnswer = ResponseOf<typeof apis.joinGroup>;
type SyncAnswer = ResponseOf<typeof apis.syncGroup>;

const noGeneration = -1;
const protocolType = 'consumer';

/** One member of a classic consumer group: what it says to the coordinator, and what the answers mean. */
export class GroupMember {
  readonly #options: GroupMemberOptions;
  #topics: readonly string[] = [];
  #memberId = '';
  #generationId = noGeneration;
  #lastMembership: GroupMetadata | undefined;
  #state: MemberState = 'idle';
  #owned: readonly TopicPartition[] = [];
  #target: readonly TopicPartition[] = [];
  #assignor: Assignor | undefined;
  #mustRejoin = true;
  #haveLost = false;
  #heartbeatAtMs = 0;
  #dividedCounts: ReadonlyMap<string, number> = new Map();

  constructor(options: GroupMemberOptions) {
    this.#options = options;
  }

  get state(): MemberState {
    return this.#state;
  }

  get owned(): readonly TopicPartition[] {
    return this.#owned;
  }

  /** Whether the member is to join (again): the host does so once the user's code is between two records. */
  get mustRejoin(): boolean {
    return this.#mustRejoin && this.#state !== 'joining' && this.#state !== 'settling';
  }

  /** Whether a poll has nothing to do for the group. */
  get isSteady(): boolean {
    return this.#state === 'stable' && !this.#mustRejoin;
  }

  /** Whether records may be read while the member joins. */
  get keepsReading(): boolean {
    return this.#owned.length > 0;
  }

  /** Whether partitions are owned that somebody else may have already. */
  get hasLost(): boolean {
    return this.#haveLost;
  }

  get metadata(): GroupMetadata {
    const { groupId, groupInstanceId } = this.#options;
    return { groupId, groupInstanceId, generationId: this.#generationId, memberId: this.#memberId };
  }

  /**
   * The membership under which what is owned was given to this member, also when the group has gone on without it: what is
   * committed under it is refused then. Without a generation a commit would count as one of nobody, which an empty group
   * takes from anybody.
   */
  get membership(): GroupMetadata {
    return this.#generationId === noGeneration ? (this.#lastMembership ?? this.metadata) : this.metadata;
  }

  subscribe(topics: readonly string[]): void {
    this.#topics = topics;
    this.#mustRejoin = true;
  }

  /** Looks whether topics have other numbers of partitions than the leader divided: then the group must divide anew. */
  checkTopics(countOf: (topic: string) => number | undefined): void {
    for (const [topic, divided] of this.#dividedCounts) {
      if ((countOf(topic) ?? 0) === divided) continue;
      this.#mustRejoin = true;
      return;
    }
  }

  /** Gives up what must be given up before joining, and says what. */
  prepareJoin(): PartitionChange {
    const areLost = this.#haveLost;
    this.#haveLost = false;
    // One eager assignor among them could hand over what this member still reads, were it chosen.
    const isCooperative = this.#options.assignors.every(({ protocol }) => protocol === 'cooperative');
    const revoked =
      isCooperative && !areLost ? this.#owned.filter(({ topic }) => !this.#topics.includes(topic)) : this.#owned;
    this.#drop(revoked);
    return { revoked, areLost };
  }

  joinRequest(): RequestDraftOf<typeof apis.joinGroup> {
    this.#state = 'joining';
    this.#mustRejoin = false;
    const { groupId, groupInstanceId, sessionTimeoutMs, rebalanceTimeoutMs, assignors, rackId } = this.#options;
    const generationId = this.#generationId;
    const protocols = assignors.map((assignor) => ({
      name: assignor.name,
      metadata: writeSubscription({
        topics: this.#topics,
        userData: assignor.userData?.(this.#topics, generationId) ?? null,
        ownedPartitions: this.#owned,
        generationId,
        rackId,
      }),
    }));
    const memberId = this.#memberId;
    return { groupId, groupInstanceId, memberId, sessionTimeoutMs, rebalanceTimeoutMs, protocolType, protocols };
  }

  /** Takes the answer to a join. After `ok` the host sends {@link syncRequest}. */
  onJoin(answer: JoinAnswer): GroupVerdict {
    const error = errorName(answer.errorCode);
    if (error === 'MEMBER_ID_REQUIRED') {
      this.#memberId = answer.memberId;
      return this.#backToIdle('rejoin');
    }
    if (error !== 'NONE') return this.#refused(error);
    this.#memberId = answer.memberId;
    this.#generationId = answer.generationId;
    this.#assignor = this.#options.assignors.find(({ name }) => name === answer.protocolName);
    return this.#assignor === undefined ? this.#backToIdle('fatal') : 'ok';
  }

  /** The topics that anyone in the group subscribes to, which the leader must know the partitions of. */
  topicsToDivide(answer: JoinAnswer): readonly string[] {
    if (!this.#leads(answer)) return [];
    return [...new Set(answer.members.flatMap((member) => readSubscription(member.metadata, member).topics))];
  }

  /** Asks for this member's assignment; the leader brings everybody's. */
  syncRequest(answer: JoinAnswer, partitionCounts: ReadonlyMap<string, number>): RequestDraftOf<typeof apis.syncGroup> {
    const { groupId, groupInstanceId } = this.#options;
    const assignor = this.#assignor as Assignor;
    let assignments: { memberId: string; assignment: Buffer }[] = [];
    this.#dividedCounts = new Map(this.topicsToDivide(answer).map((topic) => [topic, partitionCounts.get(topic) ?? 0]));
    if (this.#leads(answer) && !answer.skipAssignment) {
      const members = answer.members.map((member) => readSubscription(member.metadata, member));
      const result = assignor.assign(members, partitionCounts);
      assignments = Array.from(result, ([memberId, given]) => ({ memberId, assignment: writeAssignment(given) }));
    }
    return {
      groupId,
      groupInstanceId,
      generationId: this.#generationId,
      memberId: this.#memberId,
      protocolType,
      protocolName: assignor.name,
      assignments,
    };
  }

  onSync(answer: SyncAnswer, nowMs: number): GroupVerdict {
    const error = errorName(answer.errorCode);
    if (error !== 'NONE') return this.#refused(error);
    const assignment: MemberAssignment = readAssignment(answer.assignment);
    this.#target = assignment.partitions;
    this.#assignor?.onAssignment?.(assignment, this.#generationId);
    this.#state = 'settling';
    this.#heartbeatAtMs = nowMs + this.#options.heartbeatIntervalMs;
    return 'ok';
  }

  /** Says that a join or sync got no answer. */
  onNoAnswer(): GroupVerdict {
    return this.#backToIdle('rediscover');
  }

  /** What the new assignment takes away; the host tells the user before it calls {@link settle}. */
  toRevoke(): readonly TopicPartition[] {
    const kept = new Set(this.#target.map(partitionKey));
    return this.#owned.filter((partition) => !kept.has(partitionKey(partition)));
  }

  /** Takes the new assignment over, and says what it adds. */
  settle(): readonly TopicPartition[] {
    const before = new Set(this.#owned.map(partitionKey));
    const hasRevoked = this.toRevoke().length > 0;
    this.#owned = this.#target;
    this.#state = 'stable';
    // What was given up can go to its new owner only when everybody joins once more.
    if (hasRevoked && this.#assignor?.protocol === 'cooperative') this.#mustRejoin = true;
    return this.#owned.filter((partition) => !before.has(partitionKey(partition)));
  }

  /** When to send a heartbeat next; infinity while none is wanted. */
  get heartbeatAtMs(): number {
    const isWanted = this.#generationId !== noGeneration && this.#state !== 'joining';
    return isWanted ? this.#heartbeatAtMs : Number.POSITIVE_INFINITY;
  }

  heartbeatRequest(nowMs: number): RequestDraftOf<typeof apis.heartbeat> {
    this.#heartbeatAtMs = nowMs + this.#options.heartbeatIntervalMs;
    return this.metadata;
  }

  /** Takes the answer to a heartbeat that was sent in `generationId`; one that is late says nothing. */
  onHeartbeat(error: ErrorName, generationId: number): GroupVerdict {
    if (generationId !== this.#generationId || this.#state === 'joining') return 'ok';
    return error === 'NONE' ? 'ok' : this.#refused(error);
  }

  /** Takes the answer to a commit. */
  onCommit(error: ErrorName, generationId: number): GroupVerdict {
    if (generationId !== this.#generationId || this.#state === 'joining') return 'ok';
    switch (error) {
      case 'UNKNOWN_MEMBER_ID':
      case 'ILLEGAL_GENERATION':
      case 'FENCED_INSTANCE_ID':
      case 'REBALANCE_IN_PROGRESS':
      case 'NOT_COORDINATOR':
      case 'COORDINATOR_NOT_AVAILABLE':
        return this.#refused(error);
      default:
        return 'ok';
    }
  }

  /** Leaves: what is owned is lost when `areLost`, and was given up before otherwise. Undefined when it has not joined. */
  leave(areLost: boolean): RequestDraftOf<typeof apis.leaveGroup> | undefined {
    const { groupId, groupInstanceId } = this.#options;
    const memberId = this.#memberId;
    this.#forget(areLost);
    this.#memberId = '';
    if (!areLost) this.#owned = [];
    this.#state = 'idle';
    if (memberId === '') return undefined;
    return { groupId, memberId, members: [{ memberId, groupInstanceId }] };
  }

  #leads(answer: JoinAnswer): boolean {
    return answer.leader === answer.memberId;
  }

  #refused(error: ErrorName): GroupVerdict {
    switch (error) {
      case 'UNKNOWN_MEMBER_ID':
        this.#forget(true);
        this.#memberId = '';
        return this.#backToIdle('rejoin');
      case 'ILLEGAL_GENERATION':
      case 'INCONSISTENT_GROUP_PROTOCOL':
        if (error === 'INCONSISTENT_GROUP_PROTOCOL' && this.#state === 'joining') return this.#backToIdle('fatal');
        this.#forget(true);
        return this.#backToIdle('rejoin');
      case 'REBALANCE_IN_PROGRESS':
        return this.#state === 'joining' ? this.#backToIdle('rejoin') : this.#rejoinLater();
      case 'COORDINATOR_NOT_AVAILABLE':
      case 'NOT_COORDINATOR':
        return this.#state === 'joining' ? this.#backToIdle('rediscover') : 'rediscover';
      case 'COORDINATOR_LOAD_IN_PROGRESS':
        return this.#state === 'joining' ? this.#backToIdle('retry') : 'retry';
      default:
        return this.#backToIdle('fatal');
    }
  }

  #rejoinLater(): GroupVerdict {
    this.#mustRejoin = true;
    return 'rejoin';
  }

  /** The generation is over for this member. */
  #forget(areLost: boolean): void {
    if (this.#generationId !== noGeneration) this.#lastMembership = this.metadata;
    this.#generationId = noGeneration;
    this.#haveLost = areLost && this.#owned.length > 0;
    this.#mustRejoin = true;
  }

  #backToIdle(verdict: GroupVerdict): GroupVerdict {
    this.#state = 'idle';
    this.#mustRejoin = true;
    return verdict;
  }

  #drop(partitions: readonly TopicPartition[]): void {
    const gone = new Set(partitions.map(partitionKey));
    this.#owned = this.#owned.filter((partition) => !gone.has(partitionKey(partition)));
  }
}
