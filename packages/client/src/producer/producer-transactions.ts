import type { ProducerConfig } from '../config.ts';
import type { Cluster } from '../connection/cluster.ts';
import type { ProducerSession } from '../core/producer-session.ts';
import { TransactionCore } from '../core/transaction.ts';
import { ClientError } from '../errors.ts';
import type { Transaction } from '../transaction.ts';
import { KafkaTransaction, type TransactionHost } from './kafka-transaction.ts';
import { TransactionDriver } from './transaction-driver.ts';

export interface ProducerTransactionsParts {
  readonly cluster: Cluster;
  readonly config: ProducerConfig;
  readonly transactionalId: string;
  readonly session: ProducerSession;
  /** Lets the sender look again. */
  readonly schedule: () => void;
  /** Lets the sender fail what is not under way. */
  readonly dropUnsent: (error: ClientError) => void;
  /** Lets the sender send for a new transaction. */
  readonly resume: () => void;
  readonly send: TransactionHost['send'];
  readonly enqueue: TransactionHost['enqueue'];
  readonly drain: TransactionHost['drain'];
  /** Waits until what is in the buffer has ended. */
  readonly ended: () => Promise<void>;
}

/** The transactions of a producer: at most one at a time. */
export class ProducerTransactions {
  readonly core: TransactionCore;
  readonly driver: TransactionDriver;
  readonly #parts: ProducerTransactionsParts;
  #current: KafkaTransaction | undefined;
  #isBeginning = false;

  constructor(parts: ProducerTransactionsParts) {
    const { cluster, config, transactionalId } = parts;
    this.#parts = parts;
    this.core = new TransactionCore({ ...config, transactionalId });
    this.driver = new TransactionDriver({ cluster, core: this.core, transactionalId, onChange: this.onChange });
  }

  /** @throws {RangeError} While another transaction is open. */
  async begin(signal: AbortSignal | undefined): Promise<Transaction> {
    const { config, resume, transactionalId } = this.#parts;
    this.#checkFree();
    this.#isBeginning = true;
    try {
      this.core.prepare();
      const late = () => new ClientError('NAGARE_CLIENT_REQUEST_TIMEOUT', `transactional id ${transactionalId}`);
      const holds = () => this.core.state === 'ready' || this.core.failure !== undefined;
      await this.driver.until(holds, { timeoutMs: config.blockMsMax, signal, late });
      if (this.driver.error !== undefined) throw this.driver.error;
      this.core.begin();
      resume();
      this.#current = new KafkaTransaction(this.#host());
      return this.#current;
    } finally {
      this.#isBeginning = false;
    }
  }

  /** Aborts what is open: the producer closes. */
  async end(): Promise<void> {
    if (this.#current?.phase === 'open') await this.#current[Symbol.asyncDispose]();
  }

  /** Notes that records go to a partition. @throws {ClientError} When no transaction takes records any more. */
  use(topic: string, partition: number): void {
    const { error } = this.driver;
    if (error !== undefined) throw error;
    this.core.use(topic, partition);
    this.driver.kick();
  }

  readonly onChange = (): void => {
    const { session, dropUnsent, schedule } = this.#parts;
    const { identity } = this.core;
    if (identity !== undefined && identity !== session.identity) session.renew(identity);
    const { error } = this.driver;
    if (error === undefined) schedule();
    else dropUnsent(error);
  };

  #checkFree(): void {
    const phase = this.#isBeginning ? 'open' : this.#current?.phase;
    if (phase === undefined || phase === 'ended') return;
    if (phase === 'open') throw new RangeError('transaction() needs commit() or abort() of the one that is open');
    const where = 'its end was asked for: ask again';
    throw new ClientError('NAGARE_CLIENT_TRANSACTION_UNDECIDED', where, { retriable: true });
  }

  #host(): TransactionHost {
    const { cluster, config, send, enqueue, drain, dropUnsent, ended } = this.#parts;
    return {
      driver: this.driver,
      blockMsMax: config.blockMsMax,
      send,
      enqueue,
      drain,
      drop: async (error) => {
        dropUnsent(error);
        await ended();
      },
      warn: (event, error) => cluster.context.log.warn(event, { error }),
    };
  }
}
