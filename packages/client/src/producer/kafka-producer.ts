import type { CompressionType } from '@nagare/protocol';
import { type ProducerConfig, producerConfig } from '../config.ts';
import { Cluster } from '../connection/cluster.ts';
import { orAbort } from '../connection/delay.ts';
import type { ClientContext } from '../context.ts';
import { Accumulator } from '../core/accumulator.ts';
import type { TopicView } from '../core/cluster-view.ts';
import { Partitioner } from '../core/partitioner.ts';
import type { BatchListener, ProducerBatch } from '../core/producer-batch.ts';
import { ProducerSession } from '../core/producer-session.ts';
import { ClientError } from '../errors.ts';
import type {
  BatchDelivery,
  OutgoingMessage,
  Producer,
  ProducerOptions,
  ProducerSend,
  RecordMetadata,
} from '../producer.ts';
import { type Header, headersFrom, noHeaders } from '../record.ts';
import type { Transaction } from '../transaction.ts';
import { ProducerTransactions } from './producer-transactions.ts';
import { recordBytesMax } from './record-size.ts';
import { Room } from './room.ts';
import { SendReceipt } from './send-receipt.ts';
import { Sender } from './sender.ts';

/** The producer: takes records in, and lets the {@link Sender} carry them. */
export class KafkaProducer implements Producer {
  readonly #config: ProducerConfig;
  readonly #cluster: Cluster;
  readonly #accumulator: Accumulator;
  readonly #sender: Sender;
  readonly #partitioner: Partitioner;
  readonly #room = new Room();
  /** Present in a producer of transactions. */
  readonly #transactions: ProducerTransactions | undefined;
  #isHurried = false;
  #waitingSends = 0;
  #lastWaiting: Promise<unknown> = Promise.resolve();
  #failure: Error | undefined;
  #closing: Promise<void> | undefined;

  constructor(context: ClientContext, options: ProducerOptions) {
    const config = producerConfig(options);
    const isTransactional = config.transactionalId !== undefined;
    const session = config.idempotent ? new ProducerSession({ isTransactional }) : undefined;
    this.#config = config;
    this.#cluster = new Cluster(context, {
      requestTimeoutMs: config.requestTimeoutMs,
      allowAutoTopicCreation: true,
    });
    this.#accumulator = new Accumulator({ ...config, compression: config.compression as CompressionType }, session);
    this.#partitioner = new Partitioner(context.platform.random, config.batchBytesMax);
    this.#transactions = session === undefined ? undefined : this.#makeTransactions(session);
    this.#sender = new Sender({
      cluster: this.#cluster,
      config,
      accumulator: this.#accumulator,
      session,
      transaction: this.#transactions?.core,
      onFailed: () => this.#transactions?.driver.wake(),
      onRoom: () => this.#checkRoom(),
    });
    const { signal } = options;
    if (signal?.aborted) this.close({ timeoutMs: 0 });
    else signal?.addEventListener('abort', () => this.close({ timeoutMs: 0 }), { once: true });
  }

  async transaction(options: { readonly signal?: AbortSignal } = {}): Promise<Transaction> {
    this.#checkOpen();
    if (this.#transactions === undefined) throw new RangeError('transaction() needs a producer with a transactionalId');
    this.#failure = undefined;
    return this.#transactions.begin(options.signal);
  }

  send(request: ProducerSend): Promise<RecordMetadata[]> {
    try {
      this.#checkPlain();
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#send(request);
  }

  #send(request: ProducerSend): Promise<RecordMetadata[]> {
    const receipt = new SendReceipt();
    try {
      this.#checkOpen();
      const topic = this.#waitingSends > 0 ? undefined : this.#known(request.topic);
      const placed = topic === undefined ? 0 : this.#place(topic, request.messages, 0, receipt);
      if (placed === request.messages.length) receipt.complete();
      else this.#sendLater(request, placed, receipt);
    } catch (error) {
      receipt.fail(error as Error);
    }
    return receipt.promise;
  }

  async sendBatch(request: { readonly topicMessages: readonly ProducerSend[] }): Promise<RecordMetadata[]> {
    const sent = await Promise.all(request.topicMessages.map((each) => this.send(each)));
    return sent.flat();
  }

  enqueue(...record: Parameters<Producer['enqueue']>): boolean {
    this.#checkPlain();
    return this.#enqueue(...record);
  }

  #enqueue(
    topic: string,
    partition: number,
    timestamp: number,
    key: Buffer | null,
    value: Buffer | null,
    headers: readonly Header[],
    onDelivery?: (delivery: BatchDelivery) => void,
  ): boolean {
    this.#checkOpen();
    const bytes = this.#checkedSize(key, value, headers);
    if (!this.#accumulator.hasRoom(bytes)) {
      this.#hurry();
      return false;
    }
    const batch = this.#append(topic, partition, { timestamp, key, value, headers }, onDelivery as BatchListener);
    if (!batch.listeners.includes(this.#noteFailure)) batch.listeners.push(this.#noteFailure);
    return true;
  }

  room(): Promise<void> {
    if (this.#closing !== undefined || this.#accumulator.hasRoom(this.#config.batchBytesMax)) return Promise.resolve();
    this.#hurry();
    return this.#room.wait();
  }

  async partitionsFor(topic: string): Promise<number> {
    this.#checkOpen();
    return (await this.#topic(topic)).partitions.length;
  }

  async flush(): Promise<void> {
    await this.#flush();
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
  }

  close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(options.timeoutMs ?? 30_000);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  readonly #noteFailure: BatchListener = ({ error }) => {
    this.#failure ??= error;
  };

  #known(topic: string): TopicView | undefined {
    this.#cluster.view.want(topic);
    return this.#cluster.view.topic(topic);
  }

  #topic(name: string, signal?: AbortSignal): Promise<TopicView> | TopicView {
    return this.#cluster.topic(name, { timeoutMs: this.#config.blockMsMax, signal });
  }

  /** Places messages until the buffer is full, and returns how many are placed. */
  #place(topic: TopicView, messages: readonly OutgoingMessage[], from: number, receipt: SendReceipt): number {
    const now = this.#cluster.context.platform.clock.nowMs();
    for (let index = from; index < messages.length; index++) {
      const message = messages[index] as OutgoingMessage;
      const key = bytesOf(message.key ?? null);
      const value = bytesOf(message.value);
      const headers = message.headers === undefined ? noHeaders : headersFrom(message.headers);
      const bytes = this.#checkedSize(key, value, headers);
      if (!this.#accumulator.hasRoom(bytes)) return index;
      const partition = message.partition ?? this.#partitioner.partitionFor(topic, key, bytes);
      if (topic.partitions[partition] === undefined) throw noSuchPartition(topic, partition);
      const timestamp = message.timestamp ?? now;
      if (!Number.isSafeInteger(timestamp))
        throw new RangeError(`timestamp must be whole milliseconds, got ${timestamp}`);
      const record = { timestamp, key, value, headers };
      receipt.add(this.#append(topic.topic, partition, record, receipt.listener));
    }
    return messages.length;
  }

  /** Waits its turn behind sends that wait already, then for the topic and for room. */
  #sendLater(request: ProducerSend, placed: number, receipt: SendReceipt): void {
    this.#waitingSends += 1;
    const turn = this.#lastWaiting;
    this.#lastWaiting = turn
      .then(() => this.#placeRest(request, placed, receipt))
      .then(
        () => receipt.complete(),
        (error) => receipt.fail(error as Error),
      )
      .finally(() => {
        this.#waitingSends -= 1;
      });
  }

  async #placeRest(
    { topic: name, messages, signal }: ProducerSend,
    placed: number,
    receipt: SendReceipt,
  ): Promise<void> {
    const topic = await this.#topic(name, signal);
    for (let at = placed; ; ) {
      this.#checkOpen();
      signal?.throwIfAborted();
      at = this.#place(topic, messages, at, receipt);
      if (at === messages.length) return;
      await this.#waitForRoom(signal);
    }
  }

  async #waitForRoom(signal: AbortSignal | undefined): Promise<void> {
    const { blockMsMax, bufferBytesMax } = this.#config;
    const timeout = new AbortController();
    const timer = this.#cluster.context.platform.timers.after(blockMsMax, () => {
      const where = `${bufferBytesMax} bytes for ${blockMsMax} ms`;
      timeout.abort(new ClientError('NAGARE_CLIENT_BUFFER_FULL', where, { retriable: true }));
    });
    this.#hurry();
    try {
      await orAbort(
        this.#room.wait(),
        signal === undefined ? timeout.signal : AbortSignal.any([signal, timeout.signal]),
      );
    } finally {
      timer.cancel();
    }
  }

  #append(
    topic: string,
    partition: number,
    record: { timestamp: number; key: Buffer | null; value: Buffer | null; headers: readonly Header[] },
    listener: BatchListener | undefined,
  ): ProducerBatch {
    const open = this.#accumulator.append(topic, partition, record, listener);
    if (open !== undefined) return open;
    this.#transactions?.use(topic, partition);
    this.#cluster.view.want(topic);
    this.#sender.schedule();
    return this.#accumulator.begin(topic, partition, record, this.#cluster.nowMs(), listener);
  }

  #checkedSize(key: Buffer | null, value: Buffer | null, headers: readonly Header[]): number {
    const bytes = recordBytesMax(key, value, headers);
    if (bytes <= this.#config.requestBytesMax) return bytes;
    throw new ClientError(
      'NAGARE_CLIENT_RECORD_TOO_LARGE',
      `${bytes} bytes, requestBytesMax is ${this.#config.requestBytesMax}`,
    );
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new ClientError('NAGARE_CLIENT_CLOSED', 'the producer');
  }

  #checkPlain(): void {
    this.#checkOpen();
    if (this.#transactions !== undefined)
      throw new RangeError('A producer with a transactionalId sends in transactions: use producer.transaction()');
  }

  /** Sends half-full batches as well while somebody waits for room. */
  #hurry(): void {
    if (!this.#isHurried) this.#accumulator.hurry();
    this.#isHurried = true;
    this.#sender.schedule();
  }

  #checkRoom(): void {
    if (!this.#accumulator.hasRoom(this.#config.batchBytesMax)) return;
    if (this.#isHurried) this.#accumulator.relax();
    this.#isHurried = false;
    this.#room.wake();
  }

  async #flush(): Promise<void> {
    await this.#lastWaiting;
    this.#accumulator.hurry();
    this.#sender.schedule();
    await this.#ended();
    this.#accumulator.relax();
  }

  async #ended(): Promise<void> {
    await Promise.all(Array.from(this.#accumulator.unfinished(), ended));
  }

  #makeTransactions(session: ProducerSession): ProducerTransactions | undefined {
    const { transactionalId } = this.#config;
    if (transactionalId === undefined) return undefined;
    return new ProducerTransactions({
      cluster: this.#cluster,
      config: this.#config,
      transactionalId,
      session,
      schedule: () => this.#sender.schedule(),
      dropUnsent: (error) => this.#sender.drop(error),
      resume: () => this.#sender.resume(),
      send: (request) => this.#send(request),
      enqueue: (...record) => this.#enqueue(...record),
      drain: () => this.#flush(),
      ended: () => this.#ended(),
    });
  }

  /** An open transaction is aborted: nobody is left to commit it. */
  async #finish(): Promise<void> {
    await this.#transactions?.end();
    await this.#flush();
  }

  async #close(timeoutMs: number): Promise<void> {
    const { timers } = this.#cluster.context.platform;
    if (timeoutMs > 0) {
      await new Promise<void>((resolve) => {
        const timer = timers.after(timeoutMs, resolve);
        this.#finish().finally(() => {
          timer.cancel();
          resolve();
        });
      });
    }
    this.#sender.close(new ClientError('NAGARE_CLIENT_CLOSED', 'the producer'));
    this.#cluster.close();
    this.#transactions?.driver.wake();
    this.#room.wake();
  }
}

function ended(batch: ProducerBatch): Promise<void> {
  return new Promise((resolve) => {
    let left = batch.count;
    batch.listeners.push(({ count }) => {
      left -= count;
      if (left === 0) resolve();
    });
  });
}

function bytesOf(value: string | Buffer | null): Buffer | null {
  if (typeof value === 'string') return Buffer.from(value);
  if (value === null || Buffer.isBuffer(value)) return value;
  throw new TypeError(`Keys and values must be strings, Buffers or null, got ${typeof value}`);
}

function noSuchPartition(topic: TopicView, partition: number): RangeError {
  return new RangeError(
    `partition must be from 0 to ${topic.partitions.length - 1} for ${topic.topic}, got ${partition}`,
  );
}
