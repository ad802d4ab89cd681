import { drained, openStage, Progress, readBack, runExample, type Stage } from '@nagare/example-kit';
import { Streams } from '@nagare/streams';
import { createTopics, feedCatalog, feedOrders } from './feed.ts';
import { type Input, readInput } from './input.ts';
import { help, parseOptions } from './options.ts';
import { type Outcome, readOutcome } from './outcome.ts';
import { report, verdict } from './report.ts';
import { orderToShipping, type Topics, topicsOf } from './topology.ts';

async function run(stage: Stage, input: Input, signal: AbortSignal): Promise<Outcome> {
  const topics = topicsOf(stage.prefix);
  await createTopics(stage.admin, topics);
  await feedCatalog(stage.client, topics, input.catalog);

  const app = new Streams(orderToShipping(topics), {
    applicationId: stage.applicationId,
    brokers: stage.brokers,
    commitIntervalMs: 200,
  });
  await app.start();
  try {
    await ship(stage, app, topics, input, signal);
  } finally {
    await app.close();
  }
  return readOutcome((topic, each) => readBack(stage.client, topic, each), topics, input.records);
}

/** Sends the orders and waits until all of them are handled. */
async function ship(
  stage: Stage,
  app: Streams,
  topics: Topics,
  { records }: Input,
  signal: AbortSignal,
): Promise<void> {
  using progress = new Progress();
  let sent = 0;
  const onSent = (count: number) => {
    sent = count;
  };
  await drained(stage, app, {
    inputs: [topics.orders, topics.customers, topics.stock],
    outputs: [topics.shipments, topics.rejections, topics.deadLetters],
    feed: (stop) => feedOrders(stage.client, topics.orders, records, { signal: stop, onSent }),
    signal,
    onLook: ({ written }) =>
      progress.show(`${sent.toLocaleString('en-US')} orders sent, ${written.toLocaleString('en-US')} handled`),
  });
}

await runExample(async (args, signal) => {
  const options = parseOptions(args);
  if (options.help) {
    process.stdout.write(help);
    return 0;
  }
  const startedMs = Date.now();
  const input = await readInput(options, signal);
  await using stage = await openStage({ name: 'order-to-shipping', ...options });
  const outcome = await run(stage, input, signal);
  if (options.keep) process.stderr.write(`The topics are kept: ${stage.prefix}*\n`);
  process.stdout.write(`${report(outcome)}\n\n${verdict(outcome, (Date.now() - startedMs) / 1_000)}\n`);
  return outcome.lost === 0 && outcome.duplicated === 0 ? 0 : 1;
});
