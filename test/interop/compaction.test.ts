import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@nagare/client';
import { CompressionTypes } from 'kafkajs';
import { expect, test } from 'vitest';
import { ifAvailable } from '../tools/availability.ts';
import { productUnderTest, startBroker } from '../tools/broker.ts';
import { runKafkaTool } from '../tools/kafka-tool.ts';
import { classPath } from '../tools/maven.ts';
import { scratchDirectory } from '../tools/paths.ts';
import { waitFor } from '../tools/wait.ts';
import { dumpLogs } from './dump-log.ts';
import { kafkajsClient } from './kafkajs-client.ts';

const jars = await ifAvailable("Kafka's log dumper and console consumer", () => classPath('kafka-4.3.1'));
const settings = {
  'log.segment.bytes': String(2 ** 20),
  'log.cleaner.backoff.ms': '200',
  'log.cleaner.min.cleanable.ratio': '0.01',
  'log.cleaner.delete.retention.ms': '1000',
  'log.segment.delete.delay.ms': '0',
  'log.retention.check.interval.ms': '500',
};
const keys = 200;
const rounds = 60;

/** What a compacted topic must still tell: the last value of each key that was not deleted. */
async function produce(bootstrap: string): Promise<Map<string, string>> {
  const kafka = kafkajsClient(bootstrap);
  const admin = kafka.admin();
  await admin.connect();
  const configEntries = [{ name: 'cleanup.policy', value: 'compact' }];
  await admin.createTopics({ topics: [{ topic: 'table', numPartitions: 1, configEntries }], waitForLeaders: true });
  await admin.disconnect();
  const producers = [
    kafka.producer({ idempotent: true, maxInFlightRequests: 1 }),
    kafka.producer({ transactionalId: 'compacted', idempotent: true, maxInFlightRequests: 1 }),
  ] as const;
  for (const producer of producers) await producer.connect();
  const last = new Map<string, string>();
  for (let round = 0; round < rounds; round += 1) {
    const messages = Array.from({ length: keys }, (_, index) => {
      const isDeleted = index === round * 3;
      return { key: `k${index}`, value: isDeleted ? null : `${round}-${index}`.padEnd(200, '.') };
    });
    const compression = [CompressionTypes.None, CompressionTypes.GZIP][round % 2]!;
    if (round % 3 === 0) {
      const transaction = await producers[1].transaction();
      await transaction.send({ topic: 'table', messages, compression });
      if (round % 2 === 0) {
        await transaction.abort();
        continue;
      }
      await transaction.commit();
    } else {
      await producers[0].send({ topic: 'table', messages, compression, acks: -1 });
    }
    for (const { key, value } of messages) {
      if (value === null) last.delete(key);
      else last.set(key, value);
    }
  }
  for (const producer of producers) await producer.disconnect();
  return last;
}

/** Whether the cleaner has been through a segment of the topic. */
function isCompacted(dataDirectory: string): boolean {
  const checkpoint = join(dataDirectory, 'cleaner-offset-checkpoint');
  return existsSync(checkpoint) && /^table 0 [1-9]/m.test(readFileSync(checkpoint, 'utf8'));
}

/** How many records a reader of committed ones finds. */
async function countCommitted(bootstrap: string): Promise<number> {
  const client = createClient({ brokers: bootstrap });
  const place = { topic: 'table', partition: 0 };
  const isolationLevel = 'read_committed';
  await using admin = client.admin();
  await using consumer = client.consumer({ isolationLevel, autoOffsetReset: 'earliest' });
  const [end] = await admin.listOffsets({ partitions: [{ ...place, at: 'latest' }], isolationLevel });
  consumer.assign([place]);
  let count = 0;
  while ((consumer.position(place) ?? 0) < (end?.offset ?? 0)) {
    for (const fetched of await consumer.poll({ timeoutMs: 200 })) {
      for (let cursor = fetched.records(); cursor.next(); ) count += 1;
    }
  }
  return count;
}

/** How many there are when the cleaner has come to rest, as far as one can see. */
function settledCount(bootstrap: string): Promise<number> {
  let before = -1;
  return waitFor(
    async () => {
      const now = await countCommitted(bootstrap);
      const isSettled = now === before;
      before = now;
      return isSettled ? now : undefined;
    },
    { what: 'the cleaner to come to rest', timeoutMs: 120_000, everyMs: 2_000 },
  );
}

test.skipIf(jars === undefined)(
  "Kafka's tools read what compaction has left, and so do its consumers",
  {
    timeout: 300_000,
  },
  async () => {
    using scratch = scratchDirectory('compaction');
    const dataDirectory = join(scratch.path, 'data');
    await using broker = await startBroker(productUnderTest(), { dataDirectory, settings });
    const last = await produce(broker.bootstrap);
    await waitFor(() => isCompacted(dataDirectory) || undefined, { what: 'compaction', timeoutMs: 120_000 });
    // If more goes while the consumer reads, it ends when nothing has come for a while.
    const limits = ['--max-messages', String(await settledCount(broker.bootstrap)), '--timeout-ms', '30000'];
    const consumer = ['--bootstrap-server', broker.bootstrap, '--topic', 'table', '--from-beginning'];
    const formatted = ['--formatter-property', 'print.key=true', '--formatter-property', 'key.separator=='];
    const read = await runKafkaTool('kafka-console-consumer', [
      ...[...consumer, '--isolation-level', 'read_committed', ...limits, ...formatted],
    ]);
    const told = new Map<string, string>();
    for (const line of read.stdout.trim().split('\n')) {
      const [key, value] = line.split('=');
      if (value === 'null') told.delete(key!);
      else told.set(key!, value!);
    }
    expect([...told].sort()).toEqual([...last].sort());
    await broker.stop();

    const { complaints, stdout } = await dumpLogs(dataDirectory, (name) => name === 'table-0');
    // That offsets are missing is what compaction is for; the dumper says so of Kafka's own logs.
    expect(complaints.filter((line) => !/^Non-consecutive offsets in|^ +\d+ is followed by \d+$/.test(line))).toEqual(
      [],
    );
    expect(stdout).toMatch(/deleteHorizonMs: OptionalLong\[\d+\]/);
    expect(stdout).toMatch(/endTxnMarker: COMMIT/);
    expect(readFileSync(join(dataDirectory, 'cleaner-offset-checkpoint'), 'utf8')).toMatch(/^table 0 \d+$/m);
  },
);
