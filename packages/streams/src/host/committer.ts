import type { Log } from '@nagare/base';
import { ClientError } from '@nagare/client';
import type { CommitOffset, Task, TaskCommit } from '../core/task.ts';
import type { OutputWriter } from './output-writer.ts';
import type { StreamsConsumer, Transactions } from './streams-client.ts';

export interface CommitterOptions {
  readonly writer: OutputWriter;
  readonly consumer: StreamsConsumer;
  /** Given under exactly_once_v2. */
  readonly transactions: Transactions | undefined;
  readonly log: Log;
}

/**
 * Commits what tasks have done.
 *
 * At least once: outputs and changelogs are acknowledged, then offsets are committed, then stores are written. Exactly once:
 * outputs, changelogs and offsets are one transaction, then stores are written. In both a store never has what a commit
 * has not, so whoever takes over, or comes back, goes on from the same point.
 */
export class Committer {
  readonly #options: CommitterOptions;
  #isInTransaction = false;

  constructor(options: CommitterOptions) {
    this.#options = options;
  }

  /** Opens a transaction, if there are any, before records are written. */
  beforeWrite(): void {
    if (this.#options.transactions === undefined || this.#isInTransaction) return;
    this.#options.transactions.begin();
    this.#isInTransaction = true;
  }

  /**
   * Commits tasks that have something to commit.
   *
   * @returns The offsets committed, or undefined when the group is rebalancing and the commit has to be tried again.
   * @throws What cannot be retried. Tasks must be closed without a commit then.
   */
  async commit(tasks: readonly Task[]): Promise<readonly CommitOffset[] | undefined> {
    const due = tasks.filter((task) => task.isCommitNeeded);
    if (due.length === 0 && !this.#isInTransaction) return [];
    const commits = due.map((task) => ({ task, commit: task.prepareCommit() }));
    const offsets = commits.flatMap(({ commit }) => commit.offsets);
    this.beforeWrite();
    for (const { task, commit } of commits) {
      await this.#options.writer.write(task.takeOutputs());
      await this.#options.writer.write(commit.changelog);
    }
    await this.#options.writer.flush();
    if (!(await this.#commitOffsets(offsets))) return undefined;
    for (const { task, commit } of commits) await this.#commitStores(task, commit);
    return offsets;
  }

  /** Gives up what was written since the last commit. */
  async abort(): Promise<void> {
    if (!this.#isInTransaction) return;
    this.#isInTransaction = false;
    await this.#options.transactions?.abort();
  }

  async #commitOffsets(offsets: readonly CommitOffset[]): Promise<boolean> {
    const { consumer, transactions, log } = this.#options;
    if (transactions !== undefined) {
      await transactions.sendOffsets(offsets, consumer.groupMetadata());
      await transactions.commit();
      this.#isInTransaction = false;
      return true;
    }
    try {
      await consumer.commit(offsets);
      return true;
    } catch (error) {
      if (!(error instanceof ClientError) || !isRebalance(error)) throw error;
      log.warn('streams.commit-postponed', { reason: error.message });
      return false;
    }
  }

  async #commitStores(task: Task, { stores }: TaskCommit): Promise<void> {
    for (const { store, pending } of stores) {
      const { entries, dropBelow } = pending;
      if (entries.length === 0 && dropBelow === undefined) continue;
      const { spec, buffer, changelogTopic } = store;
      const end = spec.logged ? this.#options.writer.endOf(changelogTopic, task.partition) : undefined;
      await buffer.store.write({ entries, dropBelow, position: end ?? buffer.store.position ?? 0 });
      buffer.clear();
    }
    task.committed();
  }
}

const rebalanceAnswers: ReadonlySet<string | undefined> = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
]);

/** While a group rebalances a commit may come too early or too late. The next poll tells which tasks stay. */
function isRebalance(error: ClientError): boolean {
  return error.retriable || error.code === 'NAGARE_CLIENT_GROUP_LOST' || rebalanceAnswers.has(error.kafka);
}
