import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { CompressionTypes } from 'kafkajs';
import { beforeAll, describe, expect, test } from 'vitest';
import { ifAvailable } from '../tools/availability.ts';
import { productUnderTest, type RunningBroker, startBroker } from '../tools/broker.ts';
import { classPath } from '../tools/maven.ts';
import { scratchDirectory } from '../tools/paths.ts';
import { freePort } from '../tools/port.ts';
import { waitFor } from '../tools/wait.ts';
import { type Acknowledged, AcknowledgedLoad } from './acknowledged-load.ts';
import { dumpLogs } from './dump-log.ts';
import { kafkajsClient } from './kafkajs-client.ts';
import { registerKafkajsCodecs } from './kafkajs-codecs.ts';
import { readTopic } from './read-topic.ts';

const KILLS = Number(process.env.NAGARE_KILLS ?? 20);
const PARTITIONS = 3;
const jars = await ifAvailable("Kafka's log dumper", () => classPath('kafka-4.3.1'));

/** Segments as small as Kafka allows, so that logs roll during a test. */
const settings = { 'log.segment.bytes': String(2 ** 20), 'num.partitions': String(PARTITIONS) };

describe("the data directory is Kafka's own", () => {
  beforeAll(registerKafkajsCodecs);

  test.skipIf(jars === undefined)('after a clean stop the log dumper has nothing to complain about', async () => {
    using scratch = scratchDirectory('clean');
    const dataDirectory = join(scratch.path, 'data');
    await using broker = await startBroker(productUnderTest(), { dataDirectory, settings });
    await produceInEveryCodec(broker.bootstrap);
    await commitAsGroup(broker.bootstrap);
    const load = await startLoad(broker, 'clean', true);
    await acknowledged(load, 20_000);
    await load.enough();
    await broker.stop();

    const report = await dumpLogs(dataDirectory);
    expect(report.complaints).toEqual([]);
    for (const codec of ['NONE', 'GZIP', 'SNAPPY', 'LZ4', 'ZSTD']) {
      expect(report.stdout).toMatch(new RegExp(`compresscodec: ${codec}`, 'i'));
    }
    expect(report.stdout.match(/payload: clean-/g)).toHaveLength(load.acknowledged.length);
    expect(report.stdout).toMatch(/"group":"dumped"/);
    expect(report.stdout).toMatch(/TOPIC_RECORD/);
    expect(report.stdout).toMatch(/PARTITION_RECORD/);
    expect(report.stdout).toMatch(/producerId: \d+ producerEpoch: 0 coordinatorEpoch: -1/);
    expect(segmentsIn(join(dataDirectory, 'load-0'))).toBeGreaterThan(1);
    expect(indexBytes(join(dataDirectory, 'load-0'))).toBeGreaterThan(0);
  });

  test.skipIf(jars === undefined)(
    'after SIGKILL under load, and again after recovery, it has none either',
    async () => {
      using scratch = scratchDirectory('killed');
      const dataDirectory = join(scratch.path, 'data');
      const options = { dataDirectory, settings, port: await freePort() };
      await using broker = await startBroker(productUnderTest(), options);
      const load = await startLoad(broker, 'killed', false);
      await acknowledged(load, 20_000);
      await broker.kill();
      await load.enough();

      // Kafka maps its indexes into memory at their full length: what a kill leaves of them is for its recovery alone.
      if (productUnderTest() === 'nagare') {
        expect((await dumpLogs(dataDirectory)).complaints).toEqual([]);
      }

      await using restarted = await startBroker(productUnderTest(), options);
      await restarted.stop();
      expect((await dumpLogs(dataDirectory)).complaints).toEqual([]);
    },
  );

  test(`no acknowledged record is missing after each of ${KILLS} SIGKILLs under load`, {
    timeout: 900_000,
  }, async () => {
    using scratch = scratchDirectory('kills');
    const options = { dataDirectory: join(scratch.path, 'data'), settings, port: await freePort() };
    const all: Acknowledged[] = [];
    let broker: RunningBroker | undefined;
    try {
      for (let round = 0; round < KILLS; round++) {
        broker = await startBroker(productUnderTest(), options);
        if (round > 0) await expectAllThere(broker, all);
        const load = await startLoad(broker, `round${round}`, round % 2 === 1);
        const enough = 300 + ((round * 977) % 3000);
        await acknowledged(load, enough);
        await broker.kill();
        await load.enough();
        all.push(...load.acknowledged);
      }
      broker = await startBroker(productUnderTest(), options);
      await expectAllThere(broker, all);
      await broker.stop();
    } finally {
      await broker?.[Symbol.asyncDispose]();
    }
    if (jars === undefined) return;
    expect((await dumpLogs(options.dataDirectory, (folder) => folder.startsWith('load-'))).complaints).toEqual([]);
  });
});

function acknowledged(load: AcknowledgedLoad, enough: number): Promise<true> {
  const isEnough = () => (load.acknowledged.length > enough ? true : undefined);
  return waitFor(isEnough, { what: `${enough} acknowledgements`, timeoutMs: 120_000, everyMs: 1 });
}

/** Every acknowledged record is at its acknowledged offset, and no value stands in the log twice. */
async function expectAllThere(broker: RunningBroker, acknowledged: readonly Acknowledged[]): Promise<void> {
  const values = await readTopic(broker.bootstrap, 'load');
  const missing = acknowledged.filter(({ partition, offset, value }) => values.get(partition)?.get(offset) !== value);
  expect(missing).toEqual([]);
  const there = [...values.values()].flatMap((partition) => [...partition.values()]);
  expect(new Set(there).size).toBe(there.length);
}

async function startLoad(broker: RunningBroker, label: string, idempotent: boolean): Promise<AcknowledgedLoad> {
  const admin = kafkajsClient(broker.bootstrap).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: 'load', numPartitions: PARTITIONS }], waitForLeaders: true });
  await admin.disconnect();
  const load = new AcknowledgedLoad({
    bootstrap: broker.bootstrap,
    topic: 'load',
    partitions: PARTITIONS,
    label,
    idempotent,
  });
  await load.start();
  return load;
}

async function produceInEveryCodec(bootstrap: string): Promise<void> {
  const producer = kafkajsClient(bootstrap).producer();
  await producer.connect();
  for (const compression of [0, 1, 2, 3, 4] satisfies CompressionTypes[]) {
    const messages = Array.from({ length: 200 }, (_, n) => ({
      key: `k${n}`,
      value: `codec ${compression} record ${n}`,
    }));
    await producer.send({ topic: 'codecs', acks: -1, compression, messages });
  }
  await producer.disconnect();
}

async function commitAsGroup(bootstrap: string): Promise<void> {
  const consumer = kafkajsClient(bootstrap).consumer({ groupId: 'dumped' });
  await consumer.connect();
  await consumer.subscribe({ topic: 'codecs', fromBeginning: true });
  const committed = new Promise<void>((resolve) => {
    consumer.on(consumer.events.COMMIT_OFFSETS, () => resolve());
  });
  await consumer.run({ eachMessage: async () => {}, autoCommitThreshold: 100 });
  await committed;
  await consumer.disconnect();
}

function segmentsIn(folder: string): number {
  return readdirSync(folder).filter((name) => name.endsWith('.log')).length;
}

function indexBytes(folder: string): number {
  const indexes = readdirSync(folder).filter((name) => name.endsWith('.index'));
  return indexes.reduce((total, name) => total + statSync(join(folder, name)).size, 0);
}
