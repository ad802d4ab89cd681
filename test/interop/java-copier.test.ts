import { createClient } from '@nagare/client';
import { expect, test } from 'vitest';
import { startKafkaTool } from '../tools/kafka-tool.ts';
import { waitFor } from '../tools/wait.ts';
import { brokerForFile } from './broker-for-file.ts';

const broker = brokerForFile();
const partitions = 4;
const count = 4_000;
const [input, output, group] = ['copier-input', 'copier-output', 'copier'];

/** Copies the input with Kafka's own Java client in transactions of up to 100 records, of which it aborts a third. */
function copier() {
  const options = { 'transactional-id': 'copier', 'consumer-group': group, 'broker-list': broker().bootstrap };
  const topics = { 'input-topic': input, 'output-topic': output, 'input-partition': '-1', 'transaction-size': '100' };
  const flags = ['--group-mode', '--use-group-metadata', '--enable-random-aborts'];
  const args = Object.entries({ ...options, ...topics }).flatMap(([option, value]) => [`--${option}`, value]);
  return startKafkaTool('transactional-message-copier', [...args, ...flags]);
}

/** All values of a topic that committed records have. */
async function committedValues(topic: string): Promise<string[]> {
  const client = createClient({ brokers: broker().bootstrap });
  await using admin = client.admin();
  await using consumer = client.consumer({ isolationLevel: 'read_committed', autoOffsetReset: 'earliest' });
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
  consumer.assign(all);
  const ends = await admin.listOffsets({
    partitions: all.map((at) => ({ ...at, at: 'latest' as const })),
    isolationLevel: 'read_committed',
  });
  const values: string[] = [];
  await waitFor(
    async () => {
      for (const fetched of await consumer.poll({ timeoutMs: 100 })) {
        for (let cursor = fetched.records(); cursor.next(); ) values.push(String(cursor.value));
      }
      return ends.every((end) => (consumer.position(end) ?? 0) >= end.offset) ? true : undefined;
    },
    { what: `the end of ${topic}`, timeoutMs: 60_000 },
  );
  return values;
}

test('a Java process of a group copies every record once, though one before it is killed and transactions are aborted', {
  timeout: 300_000,
}, async () => {
  const values = Array.from({ length: count }, (_, index) => `${index}`);
  const client = createClient({ brokers: broker().bootstrap });
  await using admin = client.admin();
  const topics = [input, output].map((topic) => ({ topic, numPartitions: partitions, replicationFactor: 1 }));
  await admin.createTopics({ topics });
  await using producer = client.producer();
  await producer.send({
    topic: input,
    messages: values.map((value, index) => ({ value, partition: index % partitions })),
  });

  const victim = await copier();
  await victim.waitForOutput(/"totalProcessed":[1-9]/, 120_000);
  await victim.end('SIGKILL');
  const next = await copier();
  await waitFor(async () => ((await committedValues(output)).length >= count ? true : undefined), {
    what: 'all copies',
    timeoutMs: 150_000,
    everyMs: 1_000,
  });
  await next.end('SIGKILL');
  const copied = await committedValues(output);
  expect(copied.map(Number).sort((a, b) => a - b)).toEqual(values.map(Number));
});
