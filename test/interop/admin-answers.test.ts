import { join } from 'node:path';
import { apis, errorCode } from '@nagare/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ifAvailable } from '../tools/availability.ts';
import { productUnderTest, startBroker } from '../tools/broker.ts';
import { classPath } from '../tools/maven.ts';
import { scratchDirectory } from '../tools/paths.ts';
import { Asked } from './admin-answers/asked.ts';
import { clusterRows } from './admin-answers/cluster-rows.ts';
import { configRows } from './admin-answers/config-rows.ts';
import { acceptedDifferences } from './admin-answers/differences.ts';
import { fetchRows } from './admin-answers/fetch-rows.ts';
import type { Row } from './admin-answers/row.ts';
import { topicRows } from './admin-answers/topic-rows.ts';

/** Both brokers are asked, so that one of the two runs of these tests would tell nothing new. */
const kafka =
  productUnderTest() === 'nagare' ? await ifAvailable('Apache Kafka 4.3.1', () => classPath('kafka-4.3.1')) : undefined;

/** Kafka goes by a dynamic config, and makes the logs of a new topic, some time after it has told of them. */
const settling: ReadonlySet<Row['api']> = new Set([apis.describeConfigs, apis.describeLogDirs]);
const notLeader = `"errorCode":${errorCode.NOT_LEADER_OR_FOLLOWER}`;

/** Whether the answer may be another one in a moment, as Kafka also leads a new topic a little later than it says. */
function isSettling(row: Row, answer: unknown): boolean {
  return settling.has(row.api) || JSON.stringify(answer).includes(notLeader);
}

describe.skipIf(kafka === undefined)('what Apache Kafka 4.3.1 answers, we answer', () => {
  const scratch = scratchDirectory('admin-answers');
  let brokers: Asked[] = [];

  beforeAll(async () => {
    const start = (product: 'kafka' | 'nagare') => startBroker(product, { dataDirectory: join(scratch.path, product) });
    brokers = (await Promise.all([start('kafka'), start('nagare')])).map(
      (broker) => new Asked(broker, { hasWords: true }),
    );
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
      for (let time = 0; !answers.isEqual && !isAccepted && isSettling(row, answers.kafka) && time < 20; time += 1) {
        answers = await compare(row);
      }
      if (answers.isEqual === isAccepted) wrong.push({ row: row.name, ...answers });
    }
    expect(wrong).toEqual([]);
  });
});
