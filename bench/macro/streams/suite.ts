import { join } from 'node:path';
import type { Client } from '@nagare/client';
import { type RunningBroker, startBroker } from '@nagare/tests/tools/broker';
import { scratchDirectory } from '@nagare/tests/tools/paths';
import { type BenchOptions, isComplete, likeWithLike } from '../options.ts';
import { Report } from '../report.ts';
import { type Application, type Contender, type Guarantee, guarantees, partOf, prepare } from './contenders.ts';
import { measureDrivers } from './driver.ts';
import { benchClient, fill, restoreRow, type StreamsRow, streamsRows, tableRecords } from './input.ts';
import { measureRestore } from './restore.ts';
import { writeStreamsTable } from './table.ts';
import { type Cost, deleteTopics, type Expected, makeTopic, measureTurn } from './turn.ts';
import { Progress, turnsOf } from './turns.ts';

/** The part of a run's records that comes before those that count, in addition to them. */
const WARM_UP_PART = 0.5;

interface Suite {
  readonly options: BenchOptions;
  readonly report: Report;
  readonly start: Awaited<ReturnType<typeof prepare>>;
  readonly scratch: string;
  readonly progress: Progress;
}

interface At extends Suite {
  readonly broker: RunningBroker;
  readonly client: Client;
  /** The time of the first record: no broker deletes by age what is written now. */
  readonly startMs: number;
}

/** Applications by Kafka Streams and by ours: the same topologies on the same input, on both brokers. */
export async function measureStreams(options: BenchOptions): Promise<void> {
  const report = new Report('streams');
  if (options.rows.test('driver')) await measureDrivers(report);
  using scratch = scratchDirectory('streams');
  const suite = {
    options,
    report,
    start: await prepare(),
    scratch: scratch.path,
    progress: new Progress(turnsIn(options)),
  };
  for (const product of options.products) {
    const dataDirectory = join(scratch.path, product);
    await using broker = await startBroker(product, { dataDirectory, settings: likeWithLike[product] ?? {} });
    const client = benchClient(broker.bootstrap);
    const at = { ...suite, broker, client, startMs: Date.now() };
    for (const row of chosenRows(options)) await measureRow(at, row);
    if (options.rows.test(restoreRow.name)) await measureRestores(at);
  }
  const isKept = isComplete(options);
  writeStreamsTable(report.finish({ isKept }), options, { isKept });
}

function chosenRows({ rows }: BenchOptions): readonly StreamsRow[] {
  return streamsRows.filter(({ name }) => rows.test(name));
}

/** A store is restored in one way alone. */
const restoredUnder = ['at_least_once'] as const;

function turnsIn(options: BenchOptions): number {
  const { repetitions, products, rows } = options;
  const turns = chosenRows(options).flatMap(({ name }) => turnsOf(name, guarantees, repetitions));
  const restores = rows.test(restoreRow.name) ? turnsOf(restoreRow.name, restoredUnder, repetitions) : [];
  return (turns.length + restores.length) * products.length;
}

/** The input is filled once, and everyone reads it. */
async function measureRow(at: At, row: StreamsRow): Promise<void> {
  const { client, options, startMs } = at;
  const inputs = { input: 'input', table: 'input-table' };
  const outputs = expectedOf(options.records);
  const count = Math.ceil((outputs.warmUp + outputs.measured) / row.outputsPerInput);
  await makeTopic(client, inputs.input);
  await fill(client, inputs.input, { from: 0, count, startMs, at: row.record });
  if (row.hasTable) await fillTable(at, inputs.table);
  for (const { contender, guarantee } of turnsOf(row.name, guarantees, options.repetitions)) {
    const circumstance = `${row.name}, ${guarantee}, on ${at.broker.product}`;
    at.progress.next(`${circumstance}, ${contender}`);
    const application = applicationOf(at, { contender, guarantee, row: row.name, inputs });
    await makeTopic(client, application.topics.output);
    const child = at.start(contender, application);
    const expected = expectedOf(options.records * partOf(contender));
    try {
      const cost = await measureTurn(client, child, application.topics, expected);
      addCost(at.report, contender, circumstance, cost);
    } catch (error) {
      // What the third one fails at is no reason to lose what the others did.
      if (contender !== '@kafkats/flow') throw error;
      console.log(`  ${contender} failed: ${error}`);
    }
    await deleteTopics(client, application.applicationId);
  }
  await deleteTopics(client, inputs.input);
}

function addCost(report: Report, contender: Contender, circumstance: string, cost: Cost): void {
  const add = (what: string, unit: string, better: 'lower' | 'higher', value: number) =>
    report.add(contender, { name: `${circumstance}: ${what}`, unit, better }, value);
  add('results', 'records/s', 'higher', cost.recordsPerSecond);
  add('CPU', 's/M', 'lower', cost.cpuSecondsPerMillion);
  add('peak memory', 'MiB', 'lower', cost.peakBytes / 2 ** 20);
  add('start to first result', 'ms', 'lower', cost.firstOutputMs);
}

function expectedOf(records: number): Expected {
  return { warmUp: Math.ceil(records * WARM_UP_PART), measured: Math.ceil(records) };
}

async function fillTable({ client, startMs }: At, topic: string): Promise<void> {
  const rows = tableRecords();
  await makeTopic(client, topic);
  const at = (place: number) => rows[place] as (typeof rows)[number];
  await fill(client, topic, { from: 0, count: rows.length, startMs, at });
}

async function measureRestores(at: At): Promise<void> {
  const { client, options, startMs } = at;
  const { records } = options;
  for (const { contender, guarantee } of turnsOf(restoreRow.name, restoredUnder, options.repetitions)) {
    at.progress.next(`restore, on ${at.broker.product}, ${contender}`);
    const inputs = { input: 'input', table: 'input-table' };
    await makeTopic(client, inputs.input, 1);
    await fill(client, inputs.input, { from: 0, count: records, startMs, at: restoreRow.record });
    const row = restoreRow.name;
    const application = applicationOf(at, { contender, guarantee, row, inputs });
    await makeTopic(client, application.topics.output, 1);
    const start = () => at.start(contender, application);
    const cost = await measureRestore(client, start, application, { records, startMs });
    const name = `restore ${records} keys, on ${at.broker.product}`;
    at.report.add(contender, { name: `${name}: start to first result`, unit: 'ms', better: 'lower' }, cost.ms);
    at.report.add(contender, { name: `${name}: CPU`, unit: 's', better: 'lower' }, cost.cpuSeconds);
    await deleteTopics(client, application.applicationId);
    await deleteTopics(client, inputs.input);
  }
}

let applications = 0;

function applicationOf(
  { broker, scratch }: At,
  {
    contender,
    guarantee,
    row,
    inputs,
  }: {
    readonly contender: Contender;
    readonly guarantee: Guarantee;
    readonly row: string;
    readonly inputs: { readonly input: string; readonly table: string };
  },
): Application {
  applications += 1;
  const applicationId = `app-${applications}-${contender}`;
  const topics = { ...inputs, output: `${applicationId}-output` };
  const stateDirectory = join(scratch, 'state', applicationId);
  return { bootstrap: broker.bootstrap, applicationId, stateDirectory, guarantee, row, topics };
}
