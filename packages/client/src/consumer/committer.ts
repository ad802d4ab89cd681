import type { Timer } from '@nagare/base';
import { type ErrorName, errorCode, errorTable } from '@nagare/protocol';
import type { ConsumerConfig } from '../config.ts';
import type { Cluster } from '../connection/cluster.ts';
import type { Coordinator } from '../connection/coordinator.ts';
import { commitOffsets } from '../connection/offset-store.ts';
import type { CommitOffset, GroupMetadata } from '../consumer.ts';
import { partitionKey } from '../core/assignors/assignor.ts';
import type { FetchPlan } from '../core/fetch-plan.ts';
import { ClientError } from '../errors.ts';
import type { TopicPartition } from '../record.ts';

/** Answers to a commit that say that the group has gone on without this member. */
const lostAnswers: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'FENCED_INSTANCE_ID',
  'REBALANCE_IN_PROGRESS',
]);

/** Commits offsets: what the user asks for, and now and then what is processed. */
export class Committer {
  readonly #cluster: Cluster;
  readonly #config: ConsumerConfig;
  readonly #coordinator: Coordinator;
  readonly #plan: FetchPlan;
  readonly #group: () => GroupMetadata;
  readonly #onRefused: (error: ErrorName, generationId: number) => void;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(parts: {
    cluster: Cluster;
    config: ConsumerConfig;
    coordinator: Coordinator;
    plan: FetchPlan;
    group: () => GroupMetadata;
    onRefused: (error: ErrorName, generationId: number) => void;
  }) {
    this.#cluster = parts.cluster;
    this.#config = parts.config;
    this.#coordinator = parts.coordinator;
    this.#plan = parts.plan;
    this.#group = parts.group;
    this.#onRefused = parts.onRefused;
  }

  /** Commits what is processed from now on, every `autoCommitIntervalMs`. */
  start(): void {
    if (!this.#config.autoCommit || this.#isClosed || this.#timer !== undefined) return;
    this.#timer = this.#cluster.context.platform.timers.after(this.#config.autoCommitIntervalMs, async () => {
      await this.commitProcessed();
      this.#timer = undefined;
      this.start();
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  /** Commits what is processed of these partitions, or of all; a failure is only told to the log. */
  async commitProcessed(partitions?: readonly TopicPartition[]): Promise<void> {
    const wanted = partitions === undefined ? undefined : new Set(partitions.map(partitionKey));
    const offsets: CommitOffset[] = [];
    for (const reader of this.#plan.readers) {
      if (reader.processed < 0 || reader.processed === reader.committed) continue;
      if (wanted !== undefined && !wanted.has(partitionKey(reader))) continue;
      offsets.push({ topic: reader.topic, partition: reader.partition, offset: reader.processed });
    }
    try {
      await this.commit(offsets, this.#config.requestTimeoutMs);
    } catch (error) {
      this.#cluster.context.log.warn('consumer.commit-failed', { groupId: this.#config.groupId, error });
    }
  }

  /** @throws {ClientError} When the group has moved on, or the coordinator refuses. */
  async commit(offsets: readonly CommitOffset[], timeoutMs = this.#config.requestTimeoutMs): Promise<void> {
    if (offsets.length === 0) return;
    const group = this.#group();
    await this.#cluster.retrying(() => this.#commitOnce(group, offsets), { timeoutMs });
    for (const { topic, partition, offset } of offsets) {
      const reader = this.#plan.reader({ topic, partition });
      if (reader !== undefined) reader.committed = offset;
    }
  }

  async #commitOnce(group: GroupMetadata, offsets: readonly CommitOffset[]): Promise<void> {
    const error = await commitOffsets(this.#coordinator, group, offsets);
    if (error === 'NONE') return;
    if (!errorTable[error].retriable) this.#onRefused(error, group.generationId);
    if (lostAnswers.has(error))
      throw new ClientError('NAGARE_CLIENT_GROUP_LOST', `group ${group.groupId}: ${error}`, { kafka: error });
    this.#coordinator.check(errorCode[error], 'OffsetCommit');
  }
}
