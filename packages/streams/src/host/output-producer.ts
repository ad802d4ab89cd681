import type { Log } from '@nagare/base';
import { ClientError, type CommitOffset, type GroupMetadata } from '@nagare/client';
import type { StreamsProducer, StreamsTransaction } from './streams-client.ts';

export interface OutputProducerOptions {
  /** Makes a producer; called again when one is of no more use. */
  readonly open: () => StreamsProducer;
  /** Whether everything is written in transactions. */
  readonly isTransactional: boolean;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** The producer of an application, and its transaction while one is open. */
export class OutputProducer {
  readonly #options: OutputProducerOptions;
  #producer: StreamsProducer;
  #transaction: StreamsTransaction | undefined;

  constructor(options: OutputProducerOptions) {
    this.#options = options;
    this.#producer = options.open();
  }

  get isTransactional(): boolean {
    return this.#options.isTransactional;
  }

  get isInTransaction(): boolean {
    return this.#transaction !== undefined;
  }

  enqueue(...record: Parameters<StreamsProducer['enqueue']>): boolean {
    return (this.#transaction ?? this.#producer).enqueue(...record);
  }

  room(): Promise<void> {
    return this.#producer.room();
  }

  partitionsFor(topic: string): Promise<number> {
    return this.#producer.partitionsFor(topic);
  }

  flush(): Promise<void> {
    return this.#producer.flush();
  }

  /**
   * Ends what a process with our transactional id has left open: until then nobody can read on behind it, nor learn which
   * offsets are committed, this process least of all.
   */
  async endWhatIsLeft(): Promise<void> {
    if (!this.isTransactional) return;
    await this.begin();
    await this.reset();
  }

  /** Opens a transaction, if there are any and none is open. */
  async begin(): Promise<void> {
    if (this.isTransactional) this.#transaction ??= await this.#producer.transaction();
  }

  /** Commits what was written together with offsets. @throws What it failed with: {@link reset} comes next then. */
  async commit(offsets: readonly CommitOffset[], groupMetadata: GroupMetadata): Promise<void> {
    const transaction = this.#transaction as StreamsTransaction;
    if (offsets.length > 0) await transaction.sendOffsets({ offsets, groupMetadata });
    while (!(await this.#commitOnce(transaction)));
    this.#transaction = undefined;
  }

  /** Gives up what was written since the last commit. It can be written to again after that. */
  async reset(): Promise<void> {
    const transaction = this.#transaction;
    this.#transaction = undefined;
    if (!this.isTransactional) return;
    try {
      if (transaction === undefined) throw new TypeError('No transaction is open');
      await transaction.abort();
    } catch (error) {
      // The coordinator ends what a producer leaves behind when the next one with its id begins.
      this.#options.log.info('streams.producer-replaced', { error });
      await this.#producer.close({ timeoutMs: 0 });
      this.#producer = this.#options.open();
    }
  }

  close(options?: { readonly timeoutMs?: number }): Promise<void> {
    return this.#producer.close(options);
  }

  /** False when nobody knows yet whether it is committed: nothing can go on before that is known. */
  async #commitOnce(transaction: StreamsTransaction): Promise<boolean> {
    try {
      await transaction.commit();
      return true;
    } catch (error) {
      const isUndecided = error instanceof ClientError && error.code === 'NAGARE_CLIENT_TRANSACTION_UNDECIDED';
      if (!isUndecided || this.#options.signal.aborted) throw error;
      this.#options.log.warn('streams.commit-undecided', { error });
      return false;
    }
  }
}
