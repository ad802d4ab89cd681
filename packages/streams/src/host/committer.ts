import type { Log } from '@nagare/base';
import { ClientError } from '@nagare/client';
import type { Task } from '../core/task.ts';
import { type CommitOffset, type TaskCommit, toCommitOffset } from '../core/task-commit.ts';
import type { OutputProducer } from './output-producer.ts';
import type { OutputWriter } from './output-writer.ts';
import type { StreamsConsumer } from './streams-client.ts';

export interface CommitterOptions {
  readonly output: OutputProducer;
  readonly writer: OutputWriter;
  readonly consumer: StreamsConsumer;
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

  constructor(options: CommitterOptions) {
    this.#options = options;
  }

  /**
   * Commits tasks that have something to commit.
   *
   * @returns The offsets committed, or undefined when the group is rebalancing and the commit has to be tried again.
   * @throws What cannot be retried. Tasks must be closed without a commit then.
   */
  async commit(tasks: readonly Task[]): Promise<readonly CommitOffset[] | undefined> {
    const { output, writer, consumer } = this.#options;
    const due = tasks.filter((task) => task.isCommitNeeded);
    if (due.length === 0 && !output.isInTransaction) return [];
    // The generation that a transaction's offsets are checked by is about to change: its end can wait, a refusal costs more.
    if (output.isTransactional && consumer.isRebalancing) return undefined;
    const commits = due.map((task) => ({ task, commit: task.prepareCommit() }));
    const offsets = commits.flatMap(({ commit }) => commit.offsets.map(toCommitOffset));
    await output.begin();
    for (const { task, commit } of commits) {
      await writer.write(task.takeOutputs());
      await writer.write(commit.changelog);
    }
    if (output.isTransactional) await output.commit(offsets, consumer.groupMetadata());
    else if (!(await this.#commitOffsets(offsets))) return undefined;
    for (const { task, commit } of commits) await this.#commitStores(task, commit);
    return offsets;
  }

  async #commitOffsets(offsets: readonly CommitOffset[]): Promise<boolean> {
    const { consumer, writer, log } = this.#options;
    await writer.flush();
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
      const { entries, dropBelow, log } = pending;
      if (entries.length === 0 && dropBelow === undefined && log === undefined) continue;
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
