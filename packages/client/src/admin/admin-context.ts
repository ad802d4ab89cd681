import type { Api, Fields, StructDraft, StructValue } from '@nagare/protocol';
import type { Cluster } from '../connection/cluster.ts';
import { Coordinator } from '../connection/coordinator.ts';
import { ClientError, finalOf } from '../errors.ts';

/** How long a new topic may take until every broker knows it, in milliseconds. */
const missingTopicMsMax = 2_000;

/** What every operation of the admin works with. */
export class AdminContext {
  readonly cluster: Cluster;
  readonly #operationTimeoutMs: number;
  readonly #coordinators = new Map<string, Coordinator>();

  constructor(cluster: Cluster, operationTimeoutMs: number) {
    this.cluster = cluster;
    this.#operationTimeoutMs = operationTimeoutMs;
  }

  /** How long a broker may take for what it is asked, in milliseconds. */
  get timeoutMs(): number {
    return this.cluster.requestTimeoutMs;
  }

  /** Tries again while errors are retriable. A missing topic counts as one that is coming for a short time only. */
  retrying<Value>(attempt: () => Promise<Value>): Promise<Value> {
    const deadlineMs = this.cluster.nowMs() + missingTopicMsMax;
    const attemptOnce = async () => {
      try {
        return await attempt();
      } catch (error) {
        const isMissing = error instanceof ClientError && error.kafka === 'UNKNOWN_TOPIC_OR_PARTITION';
        if (!isMissing || this.cluster.nowMs() < deadlineMs) throw error;
        throw finalOf(error);
      }
    };
    return this.cluster.retrying(attemptOnce, { timeoutMs: this.#operationTimeoutMs });
  }

  coordinatorOf(key: string, kind: 'group' | 'transaction' = 'group'): Coordinator {
    const name = `${kind} ${key}`;
    let coordinator = this.#coordinators.get(name);
    if (coordinator === undefined) {
      coordinator = new Coordinator(this.cluster, key, kind);
      this.#coordinators.set(name, coordinator);
    }
    return coordinator;
  }

  /** Asks the controller. Brokers that pass requests on to it name themselves as the controller. */
  async requestController<Q extends Fields, R extends Fields>(
    api: Api<Q, R>,
    draft: StructDraft<Q>,
  ): Promise<StructValue<R>> {
    const { cluster } = this;
    const { view } = cluster;
    if (view.isStale(cluster.nowMs())) await cluster.refresh();
    return view.brokers.has(view.controller)
      ? cluster.request(view.controller, api, draft)
      : cluster.requestAny(api, draft);
  }

  /** Asks one broker, or the controller when it is undefined. */
  async requestBroker<Q extends Fields, R extends Fields>(
    nodeId: number | undefined,
    api: Api<Q, R>,
    draft: StructDraft<Q>,
  ): Promise<StructValue<R>> {
    if (nodeId === undefined) return this.requestController(api, draft);
    if (!this.cluster.view.brokers.has(nodeId)) await this.cluster.refresh();
    return this.cluster.request(nodeId, api, draft);
  }

  /** Asks every broker. */
  async requestAll<Q extends Fields, R extends Fields>(
    api: Api<Q, R>,
    draft: StructDraft<Q>,
  ): Promise<readonly StructValue<R>[]> {
    const { cluster } = this;
    await cluster.refresh();
    return Promise.all(Array.from(cluster.view.brokers.keys(), (nodeId) => cluster.request(nodeId, api, draft)));
  }

  /** Makes sure that the leaders of topics are known. */
  async knowTopics(topics: Iterable<string>): Promise<void> {
    const { view } = this.cluster;
    view.wantOnly(topics);
    const isNew = view.wanted.some((topic) => view.topic(topic) === undefined);
    if (isNew || view.isStale(this.cluster.nowMs())) await this.cluster.refresh();
  }
}
