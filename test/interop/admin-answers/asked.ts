import { setTimeout as delay } from 'node:timers/promises';
import { apis } from '@nagare/protocol';
import type { RunningBroker } from '../../tools/broker.ts';
import { waitFor } from '../../tools/wait.ts';
import { Wire } from '../../tools/wire.ts';
import { type NormaliseOptions, normalise } from './normalise.ts';
import { type Known, type Row, zeroId } from './row.ts';

/** One broker, asked row by row. */
export class Asked implements AsyncDisposable {
  readonly #broker: RunningBroker;
  readonly #options: NormaliseOptions;
  #wire: Wire;
  readonly #known: Known = { topicIds: new Map(), topicNames: new Map(), sessionId: 0 };

  constructor(broker: RunningBroker, options: NormaliseOptions) {
    this.#broker = broker;
    this.#options = options;
    this.#wire = new Wire(broker.bootstrap);
  }

  get bootstrap(): string {
    return this.#broker.bootstrap;
  }

  async ask(row: Row): Promise<unknown> {
    let answer = await this.#answer(row);
    for (let time = 0; time < passingTimesMax && isPassing(row, answer); time += 1) {
      await delay(passingMs);
      answer = await this.#answer(row);
    }
    if (typeof answer === 'string') return this.#without(answer);
    this.#learn(answer as Partial<Answer>);
    if (changing.has(row.api.key)) await this.#settled();
    return this.normalise(answer);
  }

  /** An answer in the form in which it is compared. */
  normalise(answer: unknown): unknown {
    return normalise(answer, this.#known, this.#options);
  }

  /** What a request is answered, or what happens instead. */
  #answer({ api, version, body }: Row): Promise<unknown> {
    const asked = this.#wire.request(api, version, body(this.#known) as never);
    return Promise.race([asked, this.#wire.closed.then(() => 'closed'), silence()]);
  }

  /** Waits until groups and transactions are served, whose topics a broker makes when it is first asked. */
  async awaitCoordinators(): Promise<void> {
    const find = (key: number) => this.#wire.request(apis.findCoordinator, 2, { key: 'any', keyType: key });
    const isServing = async () => {
      const found = [await find(0), await find(1)];
      const body = { transactionalId: 'any', transactionTimeoutMs: 60_000 };
      const given = await this.#wire.request(apis.initProducerId, 4, body);
      const listed = await this.#wire.request(apis.listGroups, 4, {});
      return [...found, given, listed].every(({ errorCode }) => errorCode === 0) || undefined;
    };
    await waitFor(isServing, { what: 'the coordinators', timeoutMs: 60_000 });
  }

  /** The connection is of no more use. */
  #without(answer: string): string {
    this.#wire[Symbol.dispose]();
    this.#wire = new Wire(this.bootstrap);
    return answer;
  }

  #learn({ topics = [], sessionId = 0 }: Partial<Answer>): void {
    if (sessionId > 0) this.#known.sessionId = sessionId;
    for (const { name, topicId, errorCode } of topics) {
      if (topicId === undefined || topicId === zeroId || name === undefined || errorCode !== 0) continue;
      this.#known.topicIds.set(name, topicId);
      this.#known.topicNames.set(topicId, name);
    }
  }

  /** Until the broker goes by what its controller has written. */
  async #settled(): Promise<void> {
    const topics = [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }];
    const quorum = await this.#wire.request(apis.describeQuorum, 2, { topics });
    const end = quorum.topics[0]?.partitions[0]?.highWatermark ?? 0;
    const who = { clientSoftwareName: 'test', clientSoftwareVersion: '1' };
    const reached = async () => (await this.#wire.request(apis.apiVersions, 4, who)).finalizedFeaturesEpoch >= end - 1;
    await waitFor(async () => (await reached()) || undefined, { what: 'the metadata' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#wire[Symbol.dispose]();
    await this.#broker[Symbol.asyncDispose]();
  }
}

const deadlineMs = 30_000;
const passingMs = 50;
const passingTimesMax = 400;
/** Errors of a broker that has just been started, or has just got the partition. */
const passing = /rrorCode":(14|15|16|51)[,}]/;
const passingForProducers = /rrorCode":(6|14|15|16|19|51)[,}]/;

function isPassing({ api }: Row, answer: unknown): boolean {
  const errors = api.key === apis.produce.key ? passingForProducers : passing;
  return errors.test(JSON.stringify(answer));
}

function silence(): Promise<string> {
  return delay(deadlineMs, 'silence', { ref: false });
}

interface Answer {
  readonly sessionId: number;
  readonly topics: readonly { readonly name?: string; readonly topicId?: string; readonly errorCode?: number }[];
}

const changing: ReadonlySet<number> = new Set(
  [apis.createTopics, apis.deleteTopics, apis.createPartitions, apis.alterConfigs, apis.incrementalAlterConfigs].map(
    ({ key }) => key,
  ),
);
