import { parseArgs } from 'node:util';
import { createClient } from '@nagare/client';
import { brokerAddress, commandLine, runExample } from '@nagare/example-kit';
import { Streams } from '@nagare/streams';
import { logAnalytics, topicsOf } from './topology.ts';

const topics = topicsOf('');
const flags = { broker: { type: 'string', default: 'localhost:9092' } } as const;

/** Runs on the logs of a cluster until Ctrl-C. */
await runExample(async (args, signal) => {
  const { values } = commandLine(() => parseArgs({ args: [...args], options: flags }));
  const brokers = brokerAddress('--broker', values.broker);
  await using admin = createClient({ brokers }).admin();
  const there = new Set((await admin.listTopics()).map(({ topic }) => topic));
  const missing = Object.values(topics).filter((topic) => !there.has(topic));
  await admin.createTopics({ topics: missing.map((topic) => ({ topic, numPartitions: 4 })) });

  await using app = new Streams(logAnalytics(topics), {
    applicationId: 'log-analytics',
    brokers,
    processingGuarantee: 'exactly_once_v2',
  });
  signal.addEventListener('abort', () => void app.close(), { once: true });
  await app.start();
  process.stdout.write(`Following ${topics.logs} at ${brokers}\n`);
  await app.finished;
  return 0;
});
