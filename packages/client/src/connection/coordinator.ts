import { type Api, apis, errorCode, type Fields, type StructDraft, type StructValue } from '@nagare/protocol';
import { checkAnswer, isRetriable } from '../errors.ts';
import type { Cluster } from './cluster.ts';
import type { Lane } from './connection-pool.ts';

const groupKeyType = 0;

/** Answers that say that another broker coordinates the group by now, or none does yet. */
const movedAnswers: ReadonlySet<number> = new Set([
  errorCode.COORDINATOR_NOT_AVAILABLE,
  errorCode.NOT_COORDINATOR,
  errorCode.NOT_LEADER_OR_FOLLOWER,
]);

/** The broker that coordinates a group: found when it is needed, and again when it has moved. */
export class Coordinator {
  readonly #cluster: Cluster;
  readonly #groupId: string;
  #nodeId: number | undefined;
  #finding: Promise<number> | undefined;

  constructor(cluster: Cluster, groupId: string) {
    this.#cluster = cluster;
    this.#groupId = groupId;
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
    { timeoutMs = this.#cluster.requestTimeoutMs, lane = 'group' }: { timeoutMs?: number; lane?: Lane } = {},
  ): Promise<StructValue<R>> {
    try {
      const nodeId = await this.nodeId();
      return await this.#cluster.request(nodeId, api, draft, { lane, timeoutMs });
    } catch (error) {
      if (isRetriable(error)) this.forget();
      throw error;
    }
  }

  /** Throws unless the answer is that nothing went wrong; forgets a coordinator that is none. */
  check(answer: number, where: string, text?: string | null): void {
    if (movedAnswers.has(answer)) this.forget();
    checkAnswer(answer, `${where} of group ${this.#groupId}`, text);
  }

  async #find(): Promise<number> {
    const answer = await this.#cluster.requestAny(apis.findCoordinator, {
      key: this.#groupId,
      keyType: groupKeyType,
      coordinatorKeys: [this.#groupId],
    });
    // From version 4 on the answer is a list, one for each key.
    const found = answer.coordinators[0] ?? answer;
    checkAnswer(found.errorCode, `FindCoordinator of group ${this.#groupId}`, found.errorMessage);
    if (!this.#cluster.view.brokers.has(found.nodeId)) await this.#cluster.refresh();
    this.#nodeId = found.nodeId;
    return found.nodeId;
  }
}
