import type { Address } from '@nagare/base';
import { type Api, apis, type Fields, type StructDraft, type StructValue } from '@nagare/protocol';
import type { ClientContext } from '../context.ts';
import { type BrokerView, ClusterView, type TopicView } from '../core/cluster-view.ts';
import { backOffMs, retryBackOff } from '../core/retry.ts';
import { ClientError, isRetriable, kafkaError } from '../errors.ts';
import { addressesOf } from './addresses.ts';
import { ConnectionPool, type Lane } from './connection-pool.ts';
import { delay, orAbort } from './delay.ts';

export interface ClusterOptions {
  readonly requestTimeoutMs: number;
  /** Asks brokers to create missing topics. */
  readonly allowAutoTopicCreation: boolean;
}

export interface RequestOptions {
  /** Default: 'data'. */
  readonly lane?: Lane;
  /** Default: that of the cluster. */
  readonly timeoutMs?: number;
  /** The newest version to use. Default: the newest that both sides speak. */
  readonly limit?: number | undefined;
}

export interface RetryOptions {
  /** How long to try again for, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** The cluster as one producer, consumer or admin sees it: its connections, and its view kept fresh. */
export class Cluster {
  readonly view = new ClusterView();
  readonly context: ClientContext;
  readonly pool: ConnectionPool;
  readonly #options: ClusterOptions;
  readonly #closing = new AbortController();
  #refreshing: Promise<void> | undefined;

  constructor(context: ClientContext, options: ClusterOptions) {
    this.context = context;
    this.pool = new ConnectionPool(context);
    this.#options = options;
  }

  get requestTimeoutMs(): number {
    return this.#options.requestTimeoutMs;
  }

  nowMs(): number {
    return this.context.platform.clock.monotonicMs();
  }

  /** Asks one broker by its id. */
  async request<Q extends Fields, R extends Fields>(
    nodeId: number,
    api: Api<Q, R>,
    draft: StructDraft<Q>,
    { lane = 'data', timeoutMs = this.#options.requestTimeoutMs, limit }: RequestOptions = {},
  ): Promise<StructValue<R>> {
    return this.pool.request(this.#addressOf(nodeId), lane, api, draft, { timeoutMs, limit });
  }

  /** Asks any broker that answers: connected ones first, then the others that are known, then those to start from. */
  async requestAny<Q extends Fields, R extends Fields>(api: Api<Q, R>, draft: StructDraft<Q>): Promise<StructValue<R>> {
    let failure: unknown;
    for await (const address of this.#candidates()) {
      try {
        return await this.pool.request(address, 'data', api, draft, { timeoutMs: this.#options.requestTimeoutMs });
      } catch (error) {
        if (!isRetriable(error)) throw error;
        failure = error;
      }
    }
    throw new ClientError('NAGARE_CLIENT_NO_BROKER', 'none of those known', { cause: failure, retriable: true });
  }

  /** Calls `attempt` until it does not throw a retriable error, with growing pauses and a fresh view. */
  async retrying<Value>(attempt: () => Promise<Value>, { timeoutMs, signal }: RetryOptions): Promise<Value> {
    const deadlineMs = this.nowMs() + timeoutMs;
    const { random } = this.context.platform;
    for (let failures = 1; ; failures++) {
      try {
        return await orAbort(attempt(), signal);
      } catch (error) {
        const waitMs = backOffMs(failures, retryBackOff, random);
        if (!isRetriable(error) || this.nowMs() + waitMs >= deadlineMs || this.pool.isClosed) throw error;
        this.context.log.debug('request.retried', { failures, error });
        await this.delay(waitMs, signal);
        this.view.expire();
      }
    }
  }

  /** What is known of a topic, asked for until it is there. */
  topic(name: string, options: RetryOptions): Promise<TopicView> | TopicView {
    this.view.want(name);
    return this.view.topic(name) ?? this.retrying(() => this.#askTopic(name), options);
  }

  /** Refreshes the view; calls at the same time share one request. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** Waits, but not beyond the close. */
  delay(delayMs: number, signal?: AbortSignal): Promise<void> {
    const closing = this.#closing.signal;
    return delay(
      this.context.platform.timers,
      delayMs,
      signal === undefined ? closing : AbortSignal.any([signal, closing]),
    );
  }

  close(): void {
    this.pool.close();
    this.#closing.abort(new ClientError('NAGARE_CLIENT_CLOSED', 'the client'));
  }

  #addressOf(nodeId: number): BrokerView {
    const broker = this.view.brokers.get(nodeId);
    if (broker !== undefined) return broker;
    throw new ClientError('NAGARE_CLIENT_NO_BROKER', `broker ${nodeId} is not known`, { retriable: true });
  }

  async #askTopic(name: string): Promise<TopicView> {
    await this.refresh();
    const topic = this.view.topic(name) ?? (await this.#refreshFor(name));
    if (topic !== undefined) return topic;
    const answer = this.view.errorOf(name);
    if (answer !== 0) throw kafkaError(answer, `Metadata of ${name}`);
    throw new ClientError('NAGARE_CLIENT_INVALID_ANSWER', `Metadata lacks ${name}`, { retriable: true });
  }

  /** A refresh that had begun before the topic was wanted says nothing of it: that calls for another. */
  async #refreshFor(name: string): Promise<TopicView | undefined> {
    if (this.view.errorOf(name) === 0) await this.refresh();
    return this.view.topic(name);
  }

  async #refresh(): Promise<void> {
    const answer = await this.requestAny(apis.metadata, {
      topics: this.view.wanted.map((name) => ({ name })),
      allowAutoTopicCreation: this.#options.allowAutoTopicCreation,
    });
    if (answer.errorCode !== 0) throw kafkaError(answer.errorCode, 'Metadata');
    this.view.apply(answer, this.nowMs());
  }

  async *#candidates(): AsyncGenerator<Address> {
    const known = this.#shuffled([...this.view.brokers.values()]);
    yield* known.sort((a, b) => this.#eagerness(b) - this.#eagerness(a));
    yield* await this.#bootstrapAddresses();
  }

  #eagerness(address: Address): number {
    if (this.pool.isConnected(address, 'data')) return 2;
    return this.pool.isReady(address, 'data') ? 1 : 0;
  }

  async #bootstrapAddresses(): Promise<Address[]> {
    return this.#shuffled(await addressesOf(this.context.brokers));
  }

  #shuffled<Item>(items: Item[]): Item[] {
    const { random } = this.context.platform;
    for (let index = items.length - 1; index > 0; index--) {
      const other = random.below(index + 1);
      [items[index], items[other]] = [items[other] as Item, items[index] as Item];
    }
    return items;
  }
}
