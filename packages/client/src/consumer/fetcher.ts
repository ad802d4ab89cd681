import { apis, errorCode, errorName, type ResponseOf, zeroUuid } from '@nagare/protocol';
import type { ConsumerConfig } from '../config.ts';
import type { Cluster } from '../connection/cluster.ts';
import type { FetchPlan, FetchRequest } from '../core/fetch-plan.ts';
import { backOffMs, retryBackOff } from '../core/retry.ts';
import { ClientError, isRetriable, kafkaError } from '../errors.ts';

/** The newest version that names topics. From the next one on they have ids alone. */
const namingFetch = 12;

/** Keeps one fetch under way to each broker that has something wanted, so that records come while others are worked on. */
export class Fetcher {
  readonly #cluster: Cluster;
  readonly #config: ConsumerConfig;
  readonly #plan: FetchPlan;
  readonly #autoOffsetReset: () => ConsumerConfig['autoOffsetReset'];
  readonly #onChange: () => void;
  readonly #busy = new Set<number>();
  readonly #failures = new Map<number, number>();
  #isRefreshing = false;
  #isWaking = false;
  #isClosed = false;

  /** @param onChange - Called when records or a failure have come. */
  constructor(parts: {
    cluster: Cluster;
    config: ConsumerConfig;
    plan: FetchPlan;
    autoOffsetReset: () => ConsumerConfig['autoOffsetReset'];
    onChange: () => void;
  }) {
    this.#autoOffsetReset = parts.autoOffsetReset;
    this.#cluster = parts.cluster;
    this.#config = parts.config;
    this.#plan = parts.plan;
    this.#onChange = parts.onChange;
  }

  close(): void {
    this.#isClosed = true;
  }

  /** Asks brokers for what is wanted of them, unless they are asked already. */
  send(): void {
    if (this.#isClosed) return;
    const nowMs = this.#cluster.nowMs();
    const { view } = this.#cluster;
    const { requests, lacksLeader, wakeAtMs } = this.#plan.plan(
      nowMs,
      {
        leaderOf: (topic, partition) => view.leaderOf(topic, partition),
        topicIdOf: (topic) => view.topic(topic)?.topicId ?? zeroUuid,
      },
      (nodeId) => !this.#busy.has(nodeId),
    );
    for (const request of requests) this.#fetch(request);
    if (lacksLeader || view.isStale(nowMs)) this.#refresh();
    if (wakeAtMs !== Number.POSITIVE_INFINITY) this.#wakeIn(wakeAtMs - nowMs);
  }

  async #fetch(request: FetchRequest): Promise<void> {
    const { nodeId } = request;
    this.#busy.add(nodeId);
    try {
      const timeoutMs = this.#config.requestTimeoutMs + this.#config.fetchWaitMsMax;
      const draft = this.#plan.draftOf(request);
      const hasIds = [...request.asked.values()].every(({ topicId }) => topicId !== zeroUuid);
      const limit = hasIds ? undefined : namingFetch;
      const answer = await this.#cluster.request(nodeId, apis.fetch, draft, { lane: 'fetch', timeoutMs, limit });
      this.#failures.delete(nodeId);
      if (answer.errorCode === 0) this.#take(request, answer);
      else this.#takeError(request, answer);
    } catch (error) {
      this.#lose(request, error);
    } finally {
      this.#busy.delete(nodeId);
      this.send();
    }
  }

  #take(request: FetchRequest, answer: Parameters<FetchPlan['take']>[1]): void {
    const outcome = this.#plan.take(request, answer, this.#cluster.nowMs());
    if (outcome.isViewOutdated) this.#cluster.view.expire();
    if (outcome.failure !== undefined) this.#fail(outcome.failure);
    if (outcome.hasRecords) this.#onChange();
  }

  /** A session that the broker does not know, or not like this, only needs another request. */
  #takeError(request: FetchRequest, answer: ResponseOf<typeof apis.fetch>): void {
    const error = errorName(answer.errorCode);
    this.#cluster.context.log.debug('fetch.refused', { nodeId: request.nodeId, error });
    if (!this.#plan.refuse(request, error)) throw kafkaError(answer.errorCode, 'Fetch');
  }

  #fail({ error, partition }: NonNullable<ReturnType<FetchPlan['take']>['failure']>): void {
    const { topic, partition: number } = partition;
    const where = `Fetch of ${topic}-${number}`;
    const reader = this.#plan.reader(partition);
    if (reader === undefined) return;
    const autoOffsetReset = this.#autoOffsetReset();
    if (error === 'OFFSET_OUT_OF_RANGE' && autoOffsetReset !== 'none') {
      this.#cluster.context.log.info('consumer.offset-reset', { topic, partition: number, offset: reader.fetchOffset });
      this.#plan.restartFrom(reader, autoOffsetReset);
    } else if (typeof error === 'string') {
      reader.failure = kafkaError(errorCode[error], where);
    } else {
      reader.failure = new ClientError('NAGARE_CLIENT_INVALID_ANSWER', `${where}: ${error.message}`, { cause: error });
    }
    this.#onChange();
  }

  #lose(request: FetchRequest, error: unknown): void {
    if (this.#isClosed) return;
    const { random } = this.#cluster.context.platform;
    const failures = (this.#failures.get(request.nodeId) ?? 0) + 1;
    this.#failures.set(request.nodeId, failures);
    this.#plan.postpone(request, this.#cluster.nowMs() + backOffMs(failures, retryBackOff, random));
    this.#cluster.context.log.debug('fetch.failed', { nodeId: request.nodeId, error });
    this.#cluster.view.expire();
    if (isRetriable(error)) return;
    for (const { reader } of request.asked.values()) reader.failure = error as Error;
    this.#onChange();
  }

  async #refresh(): Promise<void> {
    if (this.#isRefreshing) return;
    this.#isRefreshing = true;
    try {
      await this.#cluster.refresh();
    } catch (error) {
      this.#cluster.context.log.debug('metadata.failed', { error });
    }
    await this.#cluster.delay(retryBackOff.initialMs).catch(() => {});
    this.#isRefreshing = false;
    this.#onChange();
    this.send();
  }

  #wakeIn(delayMs: number): void {
    if (this.#isWaking) return;
    this.#isWaking = true;
    this.#cluster.context.platform.timers.after(delayMs, () => {
      this.#isWaking = false;
      this.send();
    });
  }
}
