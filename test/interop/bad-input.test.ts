import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ifAvailable } from '../tools/availability.ts';
import { productUnderTest, startBroker } from '../tools/broker.ts';
import { classPath } from '../tools/maven.ts';
import { scratchDirectory } from '../tools/paths.ts';
import { Asked } from './admin-answers/asked.ts';
import { acceptedDifferences } from './admin-answers/differences.ts';
import type { Row } from './admin-answers/row.ts';
import { exchange, type Frame } from './bad-input/frame.ts';
import { frameRows } from './bad-input/frame-rows.ts';
import { groupRows } from './bad-input/group-rows.ts';
import { listRows } from './bad-input/list-rows.ts';
import { produceRows } from './bad-input/produce-rows.ts';
import { producerRows } from './bad-input/producer-rows.ts';

/** Both brokers are asked, so that one of the two runs of these tests would tell nothing new. */
const kafka =
  productUnderTest() === 'nagare' ? await ifAvailable('Apache Kafka 4.3.1', () => classPath('kafka-4.3.1')) : undefined;

describe.skipIf(kafka === undefined)('what Apache Kafka 4.3.1 does about bad input, we do', () => {
  const scratch = scratchDirectory('bad-input');
  const counts = { rows: 0, equal: 0 };
  let brokers: Asked[] = [];

  beforeAll(async () => {
    const start = (product: 'kafka' | 'nagare') => startBroker(product, { dataDirectory: join(scratch.path, product) });
    brokers = (await Promise.all([start('kafka'), start('nagare')])).map(
      (broker) => new Asked(broker, { hasWords: false }),
    );
    for (const broker of brokers) await broker.awaitCoordinators();
  }, 180_000);

  afterAll(async () => {
    for (const broker of brokers) await broker[Symbol.asyncDispose]();
    scratch[Symbol.dispose]();
    console.log(`${counts.equal} of ${counts.rows} rows equal, the others accepted by name`);
  });

  /** Asks both, and collects where they are equal and should not be, or the other way round. */
  async function compare<Each extends Row | Frame>(rows: readonly Each[], ask: (broker: Asked, row: Each) => unknown) {
    const wrong: string[] = [];
    for (const row of rows) {
      const [theirs, ours] = await Promise.all(brokers.map((broker) => ask(broker, row)));
      const [kafka, nagare] = [JSON.stringify(theirs), JSON.stringify(ours)];
      const isEqual = kafka === nagare;
      counts.rows += 1;
      counts.equal += isEqual ? 1 : 0;
      if (isEqual === acceptedDifferences.has(row.name)) {
        wrong.push(`${row.name}\n  kafka: ${kafka}\n  nagare: ${nagare}`);
      }
    }
    expect(wrong).toEqual([]);
  }

  test.each<[string, readonly Row[]]>([
    ['in what is produced', produceRows],
    ['of producers and their transactions', producerRows],
    ['in questions for offsets and records', listRows],
    ['of groups and clients', groupRows],
  ])('%s', { timeout: 240_000 }, async (_, rows) => {
    await compare(rows, (broker, row) => broker.ask(row));
  });

  test('in frames', { timeout: 240_000 }, async () => {
    await compare(frameRows, async (broker, frame) => broker.normalise(await exchange(broker.bootstrap, frame)));
  });
});
