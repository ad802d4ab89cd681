import { join } from 'node:path';
import { apis } from '@nagare/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ifAvailable } from '../tools/availability.ts';
import { productUnderTest, type RunningBroker, startBroker } from '../tools/broker.ts';
import { classPath } from '../tools/maven.ts';
import { scratchDirectory } from '../tools/paths.ts';
import { waitFor } from '../tools/wait.ts';
import { Wire } from '../tools/wire.ts';
import { clusterRows } from './admin-answers/cluster-rows.ts';
import { configRows } from './admin-answers/config-rows.ts';
import { acceptedDifferences } from './admin-answers/differences.ts';
import { fetchRows } from './admin-answers/fetch-rows.ts';
import { normalise } from './admin-answers/normalise.ts';
import { type Known, type Row, zeroId } from './admin-answers/row.ts';
import { topicRows } from './admin-answers/topic-rows.ts';

/** Both brokers are asked, so that one of the two runs of these tests would tell nothing new. */
const kafka =
  productUnderTest() === 'nagare' ? await ifAvailable('Apache Kafka 4.3.1', () => classPath('kafka-4.3.1')) : undefined;

/** One broker, asked row by row. */
class Asked {
  readonly #broker: RunningBroker;
  readonly #wire: Wire;
  readonly #known: Known = { topicIds: new Map(), topicNames: new Map(), sessionId: 0 };

  constructor(broker: RunningBroker) {
    this.#broker = broker;
    this.#wire = new Wire(broker.bootstrap);
  }

  async ask({ api, version, body }: Row): Promise<unknown> {
    const answer: unknown = await this.#wire.request(api, version, body(this.#known) as never);
    this.#learn(answer as Partial<Answer>);
    if (changing.has(api.key)) await this.#settled();
    return normalise(answer, this.#known);
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

interface Answer {
  readonly sessionId: number;
  readonly topics: readonly { readonly name?: string; readonly topicId?: string; readonly errorCode?: number }[];
}

const changing: ReadonlySet<number> = new Set(
  [apis.createTopics, apis.deleteTopics, apis.createPartitions, apis.alterConfigs, apis.incrementalAlterConfigs].map(
    ({ key }) => key,
  ),
);

describe.skipIf(kafka === undefined)('what Apache Kafka 4.3.1 answers, we answer', () => {
  const scratch = scratchDirectory('admin-answers');
  let brokers: Asked[] = [];

  beforeAll(async () => {
    const start = (product: 'kafka' | 'nagare') => startBroker(product, { dataDirectory: join(scratch.path, product) });
    brokers = (await Promise.all([start('kafka'), start('nagare')])).map((broker) => new Asked(broker));
  }, 180_000);

  afterAll(async () => {
    for (const broker of brokers) await broker[Symbol.asyncDispose]();
    scratch[Symbol.dispose]();
  });

  async function compare(row: Row) {
    const [kafka, nagare] = await Promise.all(brokers.map((broker) => broker.ask(row)));
    return { kafka, nagare, isEqual: JSON.stringify(kafka) === JSON.stringify(nagare) };
  }

  test.each([
    ['about the cluster', clusterRows],
    ['about topics', topicRows],
    ['about configs', configRows],
    ['to a fetch', fetchRows],
  ])('%s', { timeout: 240_000 }, async (_, rows) => {
    const wrong: unknown[] = [];
    for (const row of rows) {
      const isAccepted = acceptedDifferences.has(row.name);
      let answers = await compare(row);
      for (let time = 0; !answers.isEqual && !isAccepted && row.api === apis.describeConfigs && time < 20; time += 1) {
        // Kafka goes by a dynamic config some time after it has told of it.
        answers = await compare(row);
      }
      if (answers.isEqual === isAccepted) wrong.push({ row: row.name, ...answers });
    }
    expect(wrong).toEqual([]);
  });
});
