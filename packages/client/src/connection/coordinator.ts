import { type Api, apis, errorCode, type Fields, type StructDraft, type StructValue } from '@nagare/protocol';
import { checkAnswer, isRetriable } from '../errors.ts';
import type { Cluster, RequestOptions } from './cluster.ts';

/** What coordinators look after, by the type that its key has in a request. */
const keyTypes = { group: 0, transaction: 1 } as const;

/** Answers that say that another broker coordinates the group by now, or none does yet. */
const movedAnswers: ReadonlySet<number> = new Set([
  errorCode.COORDINATOR_NOT_AVAILABLE,
  errorCode.NOT_COORDINATOR,
  errorCode.NOT_LEADER_OR_FOLLOWER,
]);

/** The broker that coordinates a group or a producer's transactions: found when it is needed, and again when it has moved. */
export class Coordinator {
  readonly #cluster: Cluster;
  readonly #key: string;
  readonly #kind: keyof typeof keyTypes;
  #nodeId: number | undefined;
  #finding: Promise<number> | undefined;

  /** @param key - The id of the group or of the producer. */
  constructor(cluster: Cluster, key: string, kind: keyof typeof keyTypes = 'group') {
    this.#cluster = cluster;
    this.#key = key;
    this.#kind = kind;
  }

  /** Looks for the coordinator anew at the next request. */
  forget(): void {
    this.#nodeId = undefined;
  }

  nodeId(): Promise<number> | number {
    if (this.#nodeId !== undefined) return this.#nodeId;
    this.#finding ??= this.#find().finally(() => {
      this.#finding = undefined;
    });
    return this.#finding;
  }

  /** Asks the coordinator once. When it cannot be reached, the next request looks for it again. */
  async request<Q extends Fields, R extends Fields>(
    api: Api<Q, R>,
    draft: StructDraft<Q>,
    options: RequestOptions = {},
  ): Promise<StructValue<R>> {
    try {
      const nodeId = await this.nodeId();
      return await this.#cluster.request(nodeId, api, draft, { lane: 'group', ...options });
    } catch (error) {
      if (isRetriable(error)) this.forget();
      throw error;
    }
  }

  /** Throws unless the answer is that nothing went wrong; forgets a coordinator that is none. */
  check(answer: number, where: string, text?: string | null): void {
    if (movedAnswers.has(answer)) this.forget();
    checkAnswer(answer, `${where} of ${this.#kind} ${this.#key}`, text);
  }

  async #find(): Promise<number> {
    const answer = await this.#cluster.requestAny(apis.findCoordinator, {
      key: this.#key,
      keyType: keyTypes[this.#kind],
      coordinatorKeys: [this.#key],
    });
    // From version 4 on the answer is a list, one for each key.
    const found = answer.coordinators[0] ?? answer;
    checkAnswer(found.errorCode, `FindCoordinator of ${this.#kind} ${this.#key}`, found.errorMessage);
    if (!this.#cluster.view.brokers.has(found.nodeId)) await this.#cluster.refresh();
    this.#nodeId = found.nodeId;
    return found.nodeId;
  }
}
