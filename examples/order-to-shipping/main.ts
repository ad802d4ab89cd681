import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createBroker } from '@nagare/broker';
import { type Client, createClient } from '@nagare/client';
import { Streams } from '@nagare/streams';
import { createTopics, feedCatalog, feedOrders } from './feed.ts';
import { type Input, readInput } from './input.ts';
import { help, type Options, parseOptions, UsageError } from './options.ts';
import { type Outcome, readOutcome } from './outcome.ts';
import { Progress } from './progress.ts';
import { countRecords } from './read-back.ts';
import { report, verdict } from './report.ts';
import { orderToShipping, type Topics, topicsOf } from './topology.ts';

/** A run in which nothing comes out for so long has failed. */
const stallMs = 60_000;
const pollMs = 100;

async function run(options: Options): Promise<Outcome> {
  const input = await readInput(options);
  if (options.broker !== undefined) return runOn(options.broker, input, options);
  await using broker = await createBroker();
  return await runOn(broker.bootstrapServers, input, options);
}

async function runOn(brokers: string, input: Input, options: Options): Promise<Outcome> {
  const client = createClient({ brokers, clientId: 'order-to-shipping' });
  const isShared = options.broker !== undefined;
  const prefix = isShared ? `order-to-shipping-${randomBytes(4).toString('hex')}.` : '';
  const topics = topicsOf(prefix);
  await createTopics(client, topics);
  try {
    const app = new Streams(orderToShipping(topics), {
      applicationId: `${prefix}order-to-shipping`,
      brokers,
      commitIntervalMs: 200,
    });
    await feedCatalog(client, topics, input.catalog);
    await app.start();
    try {
      await ship(client, topics, input, app);
    } finally {
      await app.close();
    }
    return await readOutcome(client, topics, input.records);
  } finally {
    if (isShared && !options.keep) await removeTopics(client, prefix);
  }
}

/** Sends the orders and waits until each of them has come out. */
async function ship(client: Client, topics: Topics, { records }: Input, app: Streams): Promise<void> {
  const progress = new Progress();
  const outputs = [topics.shipments, topics.rejections, topics.deadLetters];
  let sent = 0;
  const feeding = feedOrders(client, topics, records, (count) => {
    sent = count;
  });
  feeding.catch(() => {});
  let handled = 0;
  let lastMs = Date.now();
  while (handled < records.length) {
    await Promise.race([sleep(pollMs), app.failed]);
    const count = await countRecords(client, outputs);
    if (count > handled) lastMs = Date.now();
    handled = count;
    progress.show(`${sent.toLocaleString('en-US')} orders sent, ${handled.toLocaleString('en-US')} handled`);
    if (Date.now() - lastMs > stallMs) throw new Error(`Nothing has come out for ${stallMs / 1_000} seconds`);
  }
  progress.end();
  await feeding;
}

async function removeTopics(client: Client, prefix: string): Promise<void> {
  await using admin = client.admin();
  const topics = (await admin.listTopics()).map(({ topic }) => topic).filter((topic) => topic.startsWith(prefix));
  await admin.deleteTopics({ topics });
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(help);
    return 0;
  }
  const startedMs = Date.now();
  const outcome = await run(options);
  process.stdout.write(`${report(outcome)}\n\n${verdict(outcome, (Date.now() - startedMs) / 1_000)}\n`);
  return outcome.lost === 0 && outcome.duplicated === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = error instanceof UsageError;
  process.stderr.write(isUsage ? `${error.message}\nTry --help\n` : `${(error as Error).stack}\n`);
  process.exitCode = isUsage ? 2 : 1;
}
