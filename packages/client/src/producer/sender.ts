import type { Timer } from '@nagare/base';
import { apis, type ErrorName, errorCode, errorName, prepareCompression } from '@nagare/protocol';
import type { ProducerConfig } from '../config.ts';
import type { BrokerConnection } from '../connection/broker-connection.ts';
import type { Cluster } from '../connection/cluster.ts';
import type { Accumulator, Destinations, ProduceRequest } from '../core/accumulator.ts';
import type { ProducerBatch } from '../core/producer-batch.ts';
import type { ProducerSession } from '../core/producer-session.ts';
import { backOffMs, retryBackOff } from '../core/retry.ts';
import type { TransactionCore } from '../core/transaction.ts';
import { ClientError, checkAnswer, isRetriable, kafkaError } from '../errors.ts';
import {
  type BatchAnswer,
  finish,
  outdatesView,
  type PartitionAnswer,
  type ProduceDraft,
  partitionAnswers,
  produceDraft,
  unanswered,
} from './produce-request.ts';

export interface SenderParts {
  readonly cluster: Cluster;
  readonly config: ProducerConfig;
  readonly accumulator: Accumulator;
  readonly session: ProducerSession | undefined;
  /** Decides what may be sent, for a producer of transactions. */
  readonly transaction: TransactionCore | undefined;
  /** Told when the core of transactions has learned that records failed. */
  readonly onFailed: () => void;
  /** Told when batches have ended, so that there may be room. */
  readonly onRoom: () => void;
}

/** The newest version that does not add partitions to a transaction by itself. */
const firstProtocolProduce = 11;

/** Carries batches from the accumulator to the brokers, and what became of them back to those who wait. */
export class Sender implements Destinations {
  readonly #parts: SenderParts;
  readonly #inFlight = new Map<number, number>();
  #timer: Timer | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #isScheduled = false;
  #isClosed = false;
  #isIdentifying = false;
  #isRefreshing = false;
  #refreshes = 0;
  #isPrepared: boolean;
  /** Why nothing is sent again, once the transaction has failed. */
  #dropReason: ClientError | undefined;

  constructor(parts: SenderParts) {
    this.#parts = parts;
    const { compression } = parts.config;
    this.#isPrepared = compression === 'none';
    if (!this.#isPrepared) this.#prepare();
  }

  /** Looks at the accumulator after the events that are already waiting. */
  schedule(): void {
    if (this.#isScheduled || this.#isClosed) return;
    this.#isScheduled = true;
    this.#parts.cluster.context.platform.timers.soon(() => {
      this.#isScheduled = false;
      this.#send();
    });
  }

  close(error: ClientError): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#failAll(error);
  }

  /** Fails what is not under way, and what comes back to be sent again, until {@link resume}. */
  drop(error: ClientError): void {
    this.#dropReason = error;
    for (const batch of this.#parts.accumulator.drop()) {
      if (batch.identity !== undefined) this.#parts.transaction?.noteGap();
      finish(batch, { ...unanswered, error });
    }
    this.#parts.onRoom();
  }

  /** Sends again: another transaction begins. */
  resume(): void {
    this.#dropReason = undefined;
  }

  mayProduce(topic: string, partition: number): boolean {
    const { transaction } = this.#parts;
    return transaction === undefined || transaction.mayProduce(topic, partition);
  }

  leaderOf(topic: string, partition: number): number | undefined {
    return this.#parts.cluster.view.leaderOf(topic, partition)?.leader;
  }

  /** None while the broker is not connected: the batches go on filling meanwhile. */
  slotsOf(nodeId: number): number {
    const { cluster, config } = this.#parts;
    const address = cluster.view.brokers.get(nodeId);
    if (address === undefined) return 0;
    if (cluster.pool.opened(address, 'data') !== undefined)
      return config.maxInFlight - (this.#inFlight.get(nodeId) ?? 0);
    if (!cluster.pool.isReady(address, 'data')) this.#wakeIn(cluster.pool.readyInMs(address, 'data'));
    else cluster.pool.open(address, 'data').then(this.#again, this.#connectFailed);
    return 0;
  }

  readonly #again = (): void => this.schedule();

  readonly #connectFailed = (): void => {
    this.#parts.cluster.view.expire();
    this.schedule();
  };

  #send(): void {
    const { cluster, accumulator, session } = this.#parts;
    if (this.#isClosed || !this.#isPrepared || accumulator.isEmpty) return;
    const nowMs = cluster.nowMs();
    if (session?.identity === undefined && session?.isTransactional === false) this.#identify(session);
    const plan = accumulator.plan(nowMs, this);
    for (const request of plan.requests) this.#request(request);
    for (const batch of plan.expired) this.#expire(batch);
    if (plan.lacksLeader || cluster.view.isStale(nowMs)) this.#refresh();
    else this.#refreshes = 0;
    if (plan.wakeAtMs !== Number.POSITIVE_INFINITY) this.#wakeIn(plan.wakeAtMs - nowMs);
  }

  #wakeIn(delayMs: number): void {
    const { platform } = this.#parts.cluster.context;
    const atMs = platform.clock.monotonicMs() + delayMs;
    if (this.#timer !== undefined && this.#timerAtMs <= atMs) return;
    this.#timer?.cancel();
    this.#timerAtMs = atMs;
    this.#timer = platform.timers.after(delayMs, () => {
      this.#timer = undefined;
      this.#send();
    });
  }

  #request(request: ProduceRequest): void {
    const { cluster, config } = this.#parts;
    const { nodeId } = request;
    const address = cluster.view.brokers.get(nodeId);
    const connection = address === undefined ? undefined : cluster.pool.opened(address, 'data');
    const draft = produceDraft(request, config);
    if (connection === undefined) this.#lose(request, lostTo(nodeId));
    else if (config.acks === 0) this.#tell(connection, draft, request);
    else this.#ask(connection, draft, request);
  }

  #tell(connection: BrokerConnection, draft: ProduceDraft, request: ProduceRequest): void {
    try {
      connection.tell(apis.produce, draft);
    } catch (error) {
      this.#lose(request, error);
      return;
    }
    for (const { batch } of request.batches) this.#settle(batch, unanswered);
    this.#parts.onRoom();
    this.schedule();
  }

  async #ask(connection: BrokerConnection, draft: ProduceDraft, request: ProduceRequest): Promise<void> {
    const { nodeId } = request;
    this.#inFlight.set(nodeId, (this.#inFlight.get(nodeId) ?? 0) + 1);
    const limit = this.#parts.transaction?.protocol === 1 ? firstProtocolProduce : undefined;
    try {
      const answer = await connection.request(apis.produce, draft, this.#parts.config.requestTimeoutMs, limit);
      this.#take(request, partitionAnswers(answer));
    } catch (error) {
      this.#lose(request, error);
    } finally {
      this.#inFlight.set(nodeId, (this.#inFlight.get(nodeId) ?? 1) - 1);
      this.#parts.onRoom();
      this.#send();
    }
  }

  #take(request: ProduceRequest, answers: ReadonlyMap<string, PartitionAnswer>): void {
    for (const { batch } of request.batches) {
      const answer = answers.get(`${batch.partition} ${batch.topic}`);
      // Without an answer for it nobody knows whether the batch is stored; asking again tells.
      if (answer === undefined) this.#settle(batch, { ...unanswered, code: errorCode.NETWORK_EXCEPTION });
      else this.#settle(batch, { ...answer, code: answer.errorCode, text: answer.errorMessage });
    }
  }

  /** A request without an answer: its batches go out again, unless asking again cannot help. */
  #lose(request: ProduceRequest, error: unknown): void {
    if (this.#isClosed) return;
    const { log } = this.#parts.cluster.context;
    log.debug('produce.failed', { nodeId: request.nodeId, error });
    const code = isRetriable(error) ? errorCode.NETWORK_EXCEPTION : errorCode.UNKNOWN_SERVER_ERROR;
    const text = error instanceof Error ? error.message : String(error);
    for (const { batch } of request.batches) this.#settle(batch, { ...unanswered, code, text });
  }

  #settle(batch: ProducerBatch, answer: BatchAnswer): void {
    const { accumulator, cluster } = this.#parts;
    if (this.#isClosed) return;
    if (outdatesView.has(answer.code)) cluster.view.expire();
    const name = errorName(answer.code);
    const retryAtMs = answer.code === 0 ? 0 : this.#retryAtMs(batch);
    switch (accumulator.answer(batch, name, retryAtMs)) {
      case 'retry':
        cluster.context.log.debug('produce.retried', { topic: batch.topic, partition: batch.partition, answer: name });
        if (this.#dropReason !== undefined) this.drop(this.#dropReason);
        break;
      case 'done':
        finish(batch, { ...answer, error: undefined });
        break;
      case 'fail': {
        const error = kafkaError(answer.code, `Produce to ${batch.topic}-${batch.partition}`, answer.text);
        finish(batch, { ...answer, baseOffset: -1, error });
        this.#noteFailure(name, error);
        break;
      }
    }
  }

  #retryAtMs(batch: ProducerBatch): number {
    const { cluster } = this.#parts;
    return cluster.nowMs() + backOffMs(batch.attempts, retryBackOff, cluster.context.platform.random);
  }

  #expire(batch: ProducerBatch): void {
    const where = `${batch.topic}-${batch.partition}: ${batch.count} records after ${batch.attempts} tries`;
    const error = new ClientError('NAGARE_CLIENT_DELIVERY_TIMEOUT', where);
    finish(batch, { ...unanswered, error });
    this.#noteFailure(undefined, error);
    this.#parts.onRoom();
  }

  #noteFailure(answer: ErrorName | undefined, error: ClientError): void {
    const { transaction, onFailed } = this.#parts;
    if (transaction === undefined) return;
    transaction.onRecordsFailed(answer, error.message);
    onFailed();
  }

  #failAll(error: ClientError): void {
    for (const batch of this.#parts.accumulator.clear()) finish(batch, { ...unanswered, error });
    this.#parts.onRoom();
  }

  async #refresh(): Promise<void> {
    if (this.#isRefreshing) return;
    const { cluster } = this.#parts;
    this.#isRefreshing = true;
    try {
      // A view that lacks a leader is asked for again and again: an election takes its time.
      if (this.#refreshes > 0) {
        await cluster.delay(backOffMs(this.#refreshes, retryBackOff, cluster.context.platform.random));
      }
      this.#refreshes += 1;
      await cluster.refresh();
    } catch (error) {
      cluster.context.log.debug('metadata.failed', { error });
    } finally {
      this.#isRefreshing = false;
      this.schedule();
    }
  }

  async #identify(session: ProducerSession): Promise<void> {
    if (this.#isIdentifying) return;
    const { cluster, config } = this.#parts;
    this.#isIdentifying = true;
    try {
      const identity = await cluster.retrying(
        async () => {
          const { transactionTimeoutMs } = config;
          const answer = await cluster.requestAny(apis.initProducerId, { transactionalId: null, transactionTimeoutMs });
          checkAnswer(answer.errorCode, 'InitProducerId');
          return answer;
        },
        { timeoutMs: config.deliveryTimeoutMs },
      );
      session.begin(identity);
    } catch (error) {
      cluster.context.log.warn('producer.unidentified', { error });
      if (error instanceof ClientError && !error.retriable) this.#failAll(error);
    } finally {
      this.#isIdentifying = false;
      this.schedule();
    }
  }

  async #prepare(): Promise<void> {
    try {
      await prepareCompression([this.#parts.config.compression]);
      this.#isPrepared = true;
      this.schedule();
    } catch (cause) {
      const where = `compression ${this.#parts.config.compression} cannot be loaded`;
      this.close(new ClientError('NAGARE_CLIENT_UNSUPPORTED', where, { cause }));
    }
  }
}

function lostTo(nodeId: number): ClientError {
  return new ClientError('NAGARE_CLIENT_CONNECTION_LOST', `broker ${nodeId}`, { retriable: true });
}
