import { orAbort } from '../connection/delay.ts';
import { ClientError } from '../errors.ts';
import type { Producer, ProducerSend, RecordMetadata } from '../producer.ts';
import type { Transaction, TransactionEndOptions, TransactionOffsets } from '../transaction.ts';
import type { TransactionDriver } from './transaction-driver.ts';

/** What a transaction asks of its producer. */
export interface TransactionHost {
  readonly driver: TransactionDriver;
  readonly blockMsMax: number;
  send(request: ProducerSend): Promise<RecordMetadata[]>;
  readonly enqueue: Producer['enqueue'];
  /** Sends what waits, and waits until all of it has ended, well or not. */
  drain(): Promise<void>;
  /** Fails what is not under way, then waits until the rest has ended. */
  drop(error: ClientError): Promise<void>;
  readonly warn: (event: string, error: unknown) => void;
}

/** One transaction of a producer: orders what the user asks for, and lets the core decide. */
export class KafkaTransaction implements Transaction {
  readonly #host: TransactionHost;
  /** Ends sends that wait for room or for a topic when there is nothing left to wait for. */
  readonly #dropping = new AbortController();
  #phase: 'open' | 'committing' | 'aborting' | 'ended' = 'open';
  #ending: Promise<void> | undefined;

  constructor(host: TransactionHost) {
    this.#host = host;
  }

  get phase(): 'open' | 'committing' | 'aborting' | 'ended' {
    return this.#phase;
  }

  async send(request: ProducerSend): Promise<RecordMetadata[]> {
    this.#checkOpen();
    const { signal: ended } = this.#dropping;
    const signal = request.signal === undefined ? ended : AbortSignal.any([request.signal, ended]);
    try {
      return await this.#host.send({ ...request, signal });
    } catch (error) {
      this.#noteFailure(error);
      throw error;
    }
  }

  async sendBatch(request: { readonly topicMessages: readonly ProducerSend[] }): Promise<RecordMetadata[]> {
    const sent = await Promise.all(request.topicMessages.map((each) => this.send(each)));
    return sent.flat();
  }

  enqueue(...record: Parameters<Transaction['enqueue']>): boolean {
    this.#checkOpen();
    try {
      return this.#host.enqueue(...record);
    } catch (error) {
      this.#noteFailure(error);
      throw error;
    }
  }

  async sendOffsets(request: TransactionOffsets): Promise<void> {
    this.#checkOpen();
    const { driver, blockMsMax: timeoutMs } = this.#host;
    const group = 'consumer' in request ? request.consumer.groupMetadata() : request.groupMetadata;
    const entry = driver.core.addOffsets(group, request.offsets);
    const late = () => lateError(`offsets of group ${group.groupId}`);
    try {
      await driver.until(() => entry.isStored || driver.core.failure !== undefined, { timeoutMs, late });
    } catch (error) {
      this.#noteFailure(error);
      throw error;
    }
    if (!entry.isStored) throw driver.error;
  }

  async commit({ signal, timeoutMs = this.#host.blockMsMax }: TransactionEndOptions = {}): Promise<void> {
    const { driver } = this.#host;
    if (this.#phase === 'open') {
      this.#checkOpen();
      this.#phase = 'committing';
      this.#ending = this.#drainAndCommit();
    } else if (this.#phase !== 'committing') throw endedError(this.#phase);
    await orAbort(this.#ending as Promise<void>, signal);
    await driver.until(() => driver.core.state !== 'committing', { timeoutMs, signal, late: undecidedError });
    this.#settle();
  }

  async abort({ signal, timeoutMs = this.#host.blockMsMax }: TransactionEndOptions = {}): Promise<void> {
    const { driver } = this.#host;
    if (this.#phase === 'committing') throw driver.core.isDead ? driver.error : undecidedError();
    if (this.#phase === 'ended') throw endedError(this.#phase);
    if (this.#phase === 'open') {
      this.#phase = 'aborting';
      this.#ending = this.#dropAndAbort();
    }
    await orAbort(this.#ending as Promise<void>, signal);
    const isOver = () => driver.core.state !== 'aborting' || driver.core.isDead;
    await driver.until(isOver, { timeoutMs, signal, late: undecidedError });
    this.#settle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#phase !== 'open' && this.#phase !== 'aborting') return;
    try {
      await this.abort();
    } catch (error) {
      // Whoever disposes cannot do anything about it; the next transaction tells what is left to do.
      this.#host.warn('transaction.abort-failed', error);
    }
  }

  async #drainAndCommit(): Promise<void> {
    const { driver, blockMsMax: timeoutMs } = this.#host;
    const { core } = driver;
    try {
      await this.#host.drain();
      const late = () => lateError('offsets');
      await driver.until(() => !core.hasOffsetsPending || core.failure !== undefined, { timeoutMs, late });
    } catch (error) {
      this.#noteFailure(error);
    }
    if (core.failure !== undefined) this.#settle();
    core.commit();
  }

  async #dropAndAbort(): Promise<void> {
    const { driver } = this.#host;
    const error = endedError('aborting');
    this.#dropping.abort(error);
    await this.#host.drop(driver.error ?? error);
    if (!driver.core.isDead) driver.core.abort();
  }

  /** Looks how it has ended. */
  #settle(): void {
    const { driver } = this.#host;
    const { error } = driver;
    if (error !== undefined) {
      if (this.#phase === 'committing') this.#phase = 'open';
      if (driver.core.isDead) this.#phase = 'ended';
      throw error;
    }
    this.#phase = 'ended';
  }

  #checkOpen(): void {
    if (this.#phase !== 'open') throw endedError(this.#phase);
    const { error } = this.#host.driver;
    if (error !== undefined) throw error;
  }

  /** Whatever fails in a transaction, the user believes it to be in it: so it must not be committed. */
  #noteFailure(error: unknown): void {
    const { driver } = this.#host;
    driver.core.onRecordsFailed(undefined, error instanceof Error ? error.message : String(error));
    driver.wake();
  }
}

function endedError(phase: 'committing' | 'aborting' | 'ended'): ClientError {
  return new ClientError('NAGARE_CLIENT_TRANSACTION_ENDED', phase);
}

function lateError(what: string): ClientError {
  return new ClientError('NAGARE_CLIENT_REQUEST_TIMEOUT', what);
}

function undecidedError(): ClientError {
  const where = 'the coordinator has not answered; ask again, or close the producer';
  return new ClientError('NAGARE_CLIENT_TRANSACTION_UNDECIDED', where, { retriable: true });
}
