import { openStage, readBack, runExample, type Stage } from '@nagare/example-kit';
import { createTopics, feedCatalog } from './feed.ts';
import { type Input, readInput } from './input.ts';
import { help, parseOptions } from './options.ts';
import { type Outcome, readOutcome } from './outcome.ts';
import { report, verdict } from './report.ts';
import { ship, shipUnderFire } from './ship.ts';
import { topicsOf } from './topology.ts';

/** How often `--chaos` kills the application. */
const killsMax = 5;

async function run(
  stage: Stage,
  input: Input,
  { kills, signal }: { kills: number; signal: AbortSignal },
): Promise<Outcome> {
  const topics = topicsOf(stage.prefix);
  await createTopics(stage.admin, topics);
  await feedCatalog(stage.client, topics, input.catalog);
  const shipping = { stage, topics, records: input.records, signal };
  if (kills === 0) await ship(shipping);
  else await shipUnderFire(shipping, kills);
  return readOutcome((topic, each) => readBack(stage.client, topic, each), topics, input.records);
}

/** Every part of the input between two kills has an order at least: whether the application is at work is seen by them. */
function killsOf({ records }: Input): number {
  return Math.min(killsMax, records.length);
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
  const kills = options.chaos ? killsOf(input) : 0;
  const outcome = await run(stage, input, { kills, signal });
  if (options.keep) process.stderr.write(`The topics are kept: ${stage.prefix}*\n`);
  process.stdout.write(
    `${report(outcome)}\n\n${verdict(outcome, { kills, seconds: (Date.now() - startedMs) / 1_000 })}\n`,
  );
  return outcome.lost === 0 && outcome.duplicated === 0 ? 0 : 1;
});
