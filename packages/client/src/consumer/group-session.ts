import type { Timer } from '@nagare/base';
import { apis, type ErrorName, errorCode, errorName, type ResponseOf } from '@nagare/protocol';
import type { ConsumerConfig } from '../config.ts';
import type { Cluster } from '../connection/cluster.ts';
import type { Coordinator } from '../connection/coordinator.ts';
import type { GroupMember, GroupVerdict } from '../core/group-member.ts';
import { backOffMs, retryBackOff } from '../core/retry.ts';
import { isRetriable, kafkaError } from '../errors.ts';
import type { TopicPartition } from '../record.ts';

/** What the session asks of the consumer, always while the user's code is between two records. */
export interface GroupHooks {
  /** Partitions go. The consumer commits (unless they are lost), tells the user and drops them. */
  onRevoked(partitions: readonly TopicPartition[], areLost: boolean): Promise<void>;
  onAssigned(partitions: readonly TopicPartition[]): Promise<void>;
  /** Something that a poll should look at has happened. */
  onChange(): void;
  /** Rises with everything that the user's code asks for: it shows that it is alive. */
  asks(): number;
}

type JoinAnswer = ResponseOf<typeof apis.joinGroup>;

/** How much longer than the rebalance may take the answer to a join is waited for, in milliseconds. */
const joinGraceMs = 5_000;

/**
 * Keeps a member in its group. Heartbeats, joins and syncs go on by themselves; what the user must be told of waits until
 * {@link settle} is called between two records.
 */
export class GroupSession {
  readonly #cluster: Cluster;
  readonly #config: ConsumerConfig;
  readonly #coordinator: Coordinator;
  readonly #member: GroupMember;
  readonly #hooks: GroupHooks;
  #joining: Promise<void> | undefined;
  #settling: Promise<void> | undefined;
  #failure: Error | undefined;
  #timer: Timer | undefined;
  #isBeating = false;
  #isClosed = false;
  #asksSeen = -1;
  #silentSinceMs = 0;

  constructor(parts: {
    cluster: Cluster;
    config: ConsumerConfig;
    coordinator: Coordinator;
    member: GroupMember;
    hooks: GroupHooks;
  }) {
    this.#cluster = parts.cluster;
    this.#config = parts.config;
    this.#coordinator = parts.coordinator;
    this.#member = parts.member;
    this.#hooks = parts.hooks;
  }

  /** Whether {@link settle} has something to do now, rather than to wait for. */
  get hasNews(): boolean {
    if (this.#failure !== undefined || this.#member.state === 'settling') return true;
    return this.#member.mustRejoin && this.#joining === undefined;
  }

  /**
   * Does what waits for the user's code to be between two records: gives partitions up, takes new ones over, starts to
   * join.
   *
   * @throws {ClientError} What the group refused for good.
   */
  async settle(): Promise<void> {
    this.#settling ??= this.#settle().finally(() => {
      this.#settling = undefined;
    });
    await this.#settling;
  }

  /** Leaves the group; what it owned has been given up before. A static member stays when it only closes. */
  async leave(options: { readonly isClosing: boolean }): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (options.isClosing) this.#isClosed = true;
    await this.#sendLeave(false, options.isClosing && this.#config.groupInstanceId !== undefined);
    if (!options.isClosing) await this.#joining;
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  /** What the answer to a commit tells of the membership. */
  onCommit(error: ErrorName, generationId: number): void {
    const verdict = this.#member.onCommit(error, generationId);
    this.#act(verdict, error);
    this.#hooks.onChange();
  }

  async #settle(): Promise<void> {
    while (!this.#isClosed) {
      if (this.#failure !== undefined) throw this.#takeFailure();
      if (this.#member.state === 'settling') await this.#takeOver();
      else if (this.#member.mustRejoin && this.#joining === undefined) await this.#prepareJoin();
      else return;
    }
  }

  async #takeOver(): Promise<void> {
    const revoked = this.#member.toRevoke();
    if (revoked.length > 0) await this.#hooks.onRevoked(revoked, false);
    // A heartbeat may have ended the generation while the user gave partitions up.
    if (this.#member.state !== 'settling') return;
    const added = this.#member.settle();
    const { generationId, memberId, groupId } = this.#member.metadata;
    const counts = { added: added.length, revoked: revoked.length, owned: this.#member.owned.length };
    this.#cluster.context.log.info('group.assigned', { groupId, memberId, generationId, ...counts });
    await this.#hooks.onAssigned(added);
  }

  async #prepareJoin(): Promise<void> {
    const { revoked, areLost } = this.#member.prepareJoin();
    if (revoked.length > 0) await this.#hooks.onRevoked(revoked, areLost);
    if (this.#isClosed || this.#joining !== undefined) return;
    this.#joining = this.#join().finally(() => {
      this.#joining = undefined;
      this.#hooks.onChange();
    });
  }

  /** Joins, again and again, until there is an assignment or something that the user must be told of first. */
  async #join(): Promise<void> {
    for (let failures = 1; !this.#isClosed; failures++) {
      const verdict = await this.#joinOnce();
      if (verdict === 'ok' || verdict === 'fatal') return;
      // Partitions that were lost must be given up before joining on.
      if (verdict === 'rejoin' && this.#member.hasLost) return;
      if (verdict === 'rejoin' && failures === 1) continue;
      const { random } = this.#cluster.context.platform;
      await this.#cluster.delay(backOffMs(failures, retryBackOff, random)).catch(() => {});
    }
  }

  async #joinOnce(): Promise<GroupVerdict> {
    const member = this.#member;
    try {
      const timeoutMs = this.#config.maxPollIntervalMs + joinGraceMs;
      await this.#coordinator.nodeId();
      const join = await this.#coordinator.request(apis.joinGroup, member.joinRequest(), { timeoutMs });
      const verdict = member.onJoin(join);
      if (verdict !== 'ok') return this.#act(verdict, errorName(join.errorCode));
      const counts = await this.#partitionCounts(join);
      const sync = await this.#coordinator.request(apis.syncGroup, member.syncRequest(join, counts), { timeoutMs });
      const synced = member.onSync(sync, this.#cluster.nowMs());
      if (synced === 'ok') this.#scheduleBeat();
      return this.#act(synced, errorName(sync.errorCode));
    } catch (error) {
      const verdict = member.onNoAnswer();
      if (isRetriable(error)) return this.#act(verdict, 'NETWORK_EXCEPTION');
      this.#failure = error as Error;
      return 'fatal';
    }
  }

  async #partitionCounts(join: JoinAnswer): Promise<ReadonlyMap<string, number>> {
    const topics = this.#member.topicsToDivide(join);
    const { view } = this.#cluster;
    const isNew = topics.map((topic) => view.want(topic)).includes(true);
    if (isNew || view.isStale(this.#cluster.nowMs())) await this.#cluster.refresh();
    const counts = new Map<string, number>();
    for (const topic of topics) {
      const count = view.topic(topic)?.partitions.length;
      if (count !== undefined) counts.set(topic, count);
    }
    return counts;
  }

  #act(verdict: GroupVerdict, error: ErrorName): GroupVerdict {
    const { groupId } = this.#member.metadata;
    if (verdict === 'rediscover') this.#coordinator.forget();
    if (verdict === 'fatal') this.#failure = kafkaError(errorCode[error], `Group ${groupId}`);
    if (verdict !== 'ok' && error !== 'MEMBER_ID_REQUIRED')
      this.#cluster.context.log.info('group.interrupted', { groupId, error, verdict });
    return verdict;
  }

  #takeFailure(): Error {
    const failure = this.#failure as Error;
    this.#failure = undefined;
    return failure;
  }

  #scheduleBeat(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const atMs = this.#member.heartbeatAtMs;
    if (this.#isClosed || atMs === Number.POSITIVE_INFINITY) return;
    const { timers } = this.#cluster.context.platform;
    this.#timer = timers.after(Math.max(atMs - this.#cluster.nowMs(), 0), () => this.#beat());
  }

  /** One sign of life. It is sent whatever the user's code does, until that has been silent for too long. */
  async #beat(): Promise<void> {
    if (this.#isBeating || this.#isClosed) return;
    this.#isBeating = true;
    try {
      if (this.#isUserSilent()) await this.#giveUp();
      else await this.#sendHeartbeat();
    } catch (error) {
      this.#cluster.context.log.debug('heartbeat.failed', { error });
    } finally {
      this.#isBeating = false;
      this.#scheduleBeat();
      if (this.hasNews) this.#hooks.onChange();
    }
  }

  async #sendHeartbeat(): Promise<void> {
    const { generationId } = this.#member.metadata;
    const draft = this.#member.heartbeatRequest(this.#cluster.nowMs());
    const answer = await this.#coordinator.request(apis.heartbeat, draft, { timeoutMs: this.#config.sessionTimeoutMs });
    const error = errorName(answer.errorCode);
    const wasSteady = this.#member.isSteady;
    const verdict = this.#member.onHeartbeat(error, generationId);
    if (verdict !== 'ok' && (wasSteady || verdict !== 'rejoin')) this.#act(verdict, error);
  }

  #isUserSilent(): boolean {
    const nowMs = this.#cluster.nowMs();
    const asks = this.#hooks.asks();
    if (asks !== this.#asksSeen) {
      this.#asksSeen = asks;
      this.#silentSinceMs = nowMs;
    }
    return nowMs - this.#silentSinceMs > this.#config.maxPollIntervalMs;
  }

  async #giveUp(): Promise<void> {
    const { groupId, memberId } = this.#member.metadata;
    const { maxPollIntervalMs } = this.#config;
    this.#cluster.context.log.warn('group.left', { groupId, memberId, reason: 'no poll in time', maxPollIntervalMs });
    await this.#sendLeave(true, this.#config.groupInstanceId !== undefined);
  }

  async #sendLeave(areLost: boolean, isStatic: boolean): Promise<void> {
    const request = this.#member.leave(areLost);
    if (request === undefined || isStatic) return;
    try {
      await this.#coordinator.request(apis.leaveGroup, request, { lane: 'data' });
    } catch (error) {
      // The session times out by itself; leaving only makes it sooner.
      this.#cluster.context.log.debug('leave.failed', { error });
    }
  }
}
