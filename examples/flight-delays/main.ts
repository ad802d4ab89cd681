import { drained, openStage, Progress, readBack, runExample, type Stage, table } from '@nagare/example-kit';
import { Streams } from '@nagare/streams';
import { createTopics, feedAirports, feedFlights } from './feed.ts';
import { help, type Options, parseOptions } from './options.ts';
import { type AirportWindow, averageMinutes, type Outcome, readOutcome, worst } from './outcome.ts';
import { readAirports, readFlights } from './records.ts';
import { flightDelays, topicsOf } from './topology.ts';

const dayMs = 86_400_000;

async function run(stage: Stage, options: Options, signal: AbortSignal): Promise<Outcome> {
  const windowMs = options.days * dayMs;
  const topics = topicsOf(stage.prefix);
  await createTopics(stage.admin, topics);
  await feedAirports(stage.client, topics.airports, readAirports());

  const app = new Streams(flightDelays(topics, windowMs), {
    applicationId: stage.applicationId,
    brokers: stage.brokers,
    commitIntervalMs: 200,
  });
  await app.start();
  try {
    using progress = new Progress();
    await drained(stage, app, {
      inputs: [topics.flights, topics.airports],
      outputs: [topics.delays],
      feed: (stop) => feedFlights(stage.client, topics.flights, readFlights(options.flights), stop),
      signal,
      onLook: ({ written }) => progress.show(`${written.toLocaleString('en-US')} flights counted`),
    });
  } finally {
    await app.close();
  }
  return readOutcome((topic, each) => readBack(stage.client, topic, each), topics, windowMs);
}

function report(windows: readonly AirportWindow[], { days }: Options): string {
  const rows = windows.map((window) => [
    window.iata,
    window.airport,
    new Date(window.startMs).toISOString().slice(0, 10),
    String(window.flights),
    averageMinutes(window).toFixed(1),
  ]);
  return table(['', 'airport', `${days} days from`, 'flights', 'minutes late on average'], rows, 3);
}

await runExample(async (args, signal) => {
  const options = parseOptions(args);
  if (options.help) {
    process.stdout.write(help);
    return 0;
  }
  const startedMs = Date.now();
  await using stage = await openStage({ name: 'flight-delays', ...options });
  const { flights, airports, counted, windows } = await run(stage, options, signal);
  const seconds = ((Date.now() - startedMs) / 1_000).toFixed(1);
  process.stdout.write(`${report(worst(windows, { ...options, count: 10 }), options)}\n\n`);
  process.stdout.write(
    `flights=${flights} airports=${airports} counted=${counted} windows=${windows.length} seconds=${seconds}\n`,
  );
  return counted === flights ? 0 : 1;
});
