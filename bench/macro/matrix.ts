import { join } from 'node:path';
import { type Product, type RunningBroker, startBroker } from '@nagare/tests/tools/broker';
import { scratchDirectory } from '@nagare/tests/tools/paths';
import { cpuSeconds, peakResidentBytes } from '@nagare/tests/tools/process-cost';
import { endToEnd } from './end-to-end.ts';
import { manyConnections } from './many-connections.ts';
import { fullRows, type Row, shortRows, syncedRows } from './matrix-rows.ts';
import { writeTable } from './matrix-table.ts';
import { type BenchOptions, inTurn, isComplete, likeWithLike } from './options.ts';
import { consumerPerf, producerPerf, type RunTool, warmTools } from './perf-tools.ts';
import { Report } from './report.ts';
import { type TopicOptions, withTopic } from './topics.ts';

/** A broker under measurement. */
interface Contender {
  readonly name: string;
  readonly broker: RunningBroker;
  /** Of the topics that it is measured with. */
  readonly settings?: TopicOptions['settings'];
}

/** What is measured now. */
interface Measurement {
  readonly contenders: readonly Contender[];
  readonly options: BenchOptions;
  readonly report: Report;
  readonly runTool: RunTool;
}

const batchBytes = 65_536;
/** Of the run's records, those that a row sends if they are short; of longer ones, so many that the bytes are alike. */
const rowPart = 0.3;
const latencyRecords = 4_000;

const rate = { unit: 'records/s', better: 'higher' } as const;
const cost = { unit: 's/M', better: 'lower' } as const;
const milliseconds = { unit: 'ms', better: 'lower' } as const;
const memory = { name: 'memory, most under all loads', unit: 'MiB', better: 'lower' } as const;

/** Sizes, codecs, acknowledgements, transactions, partitions and connections, each beside Apache Kafka. */
export async function measureMatrix(options: BenchOptions): Promise<void> {
  const report = new Report('matrix');
  using scratch = scratchDirectory('matrix');
  await using tools = await warmTools();
  const brokers: RunningBroker[] = [];
  const start: Start = async (product, name, settings) => {
    const broker = await startBroker(product, { dataDirectory: join(scratch.path, name), settings });
    brokers.push(broker);
    return broker;
  };
  try {
    await measureAll({ options, report, runTool: tools.run }, start);
  } finally {
    for (const broker of brokers) await broker[Symbol.asyncDispose]();
  }
  const figures = report.finish({ isKept: isComplete(options) });
  if (isComplete(options)) writeTable(figures, options);
}

type Start = (product: Product, name: string, settings: Readonly<Record<string, string>>) => Promise<RunningBroker>;

async function measureAll(common: Omit<Measurement, 'contenders'>, start: Start): Promise<void> {
  const { options, report } = common;
  const contenders: Contender[] = [];
  for (const product of options.products) {
    contenders.push({ name: product, broker: await start(product, product, likeWithLike[product] ?? {}) });
  }
  const measurement = { ...common, contenders };
  await warmUp(measurement);
  for (const row of chosenRows(options)) await measureRow(measurement, row);
  await measureLatency(measurement);
  await measureConnections(measurement);
  for (const { name, broker } of contenders) report.add(name, memory, peakResidentBytes(broker.pid) / 2 ** 20);

  const synced: Contender[] = [];
  for (const { name, broker } of contenders) {
    // Kafka flushes each batch when a topic asks for that; ours syncs before it answers, many batches at a time.
    if (name === 'kafka') synced.push({ name, broker, settings: { 'flush.messages': '1' } });
    else synced.push({ name, broker: await start('nagare', 'fsync', { 'nagare.durability': 'fsync' }) });
  }
  for (const row of syncedRows.filter(({ name }) => options.rows.test(name))) {
    await measureRow({ ...measurement, contenders: synced }, row);
  }
}

function chosenRows({ rows, isFull }: BenchOptions): readonly Row[] {
  return (isFull ? fullRows : shortRows).filter(({ name }) => rows.test(name));
}

/** Java and Node compile their hot paths in it. */
async function warmUp({ contenders, options, runTool }: Measurement): Promise<void> {
  for (const { broker } of contenders) {
    for (const row of shortRows.slice(0, 2)) {
      await measureOnce({ broker, name: 'warm-up' }, row, { runTool, records: options.records / 2 });
    }
  }
}

async function measureRow({ contenders, options, report, runTool }: Measurement, row: Row): Promise<void> {
  const records = Math.ceil((options.records * rowPart) / (1 + row.recordBytes / 512));
  for (let repetition = 0; repetition < options.repetitions; repetition++) {
    for (const contender of inTurn(contenders, repetition)) {
      const { produce, consume } = await measureOnce(contender, row, { records, runTool });
      report.add(contender.name, { name: `produce ${row.name}`, ...rate }, produce.recordsPerSecond);
      report.add(contender.name, { name: `CPU, produce ${row.name}`, ...cost }, (produce.cpu * 1e6) / records);
      if (consume === undefined) continue;
      report.add(contender.name, { name: `consume ${row.name}`, ...rate }, consume.recordsPerSecond);
      report.add(contender.name, { name: `CPU, consume ${row.name}`, ...cost }, (consume.cpu * 1e6) / records);
    }
  }
}

async function measureOnce(
  { broker, settings }: Contender,
  row: Row,
  { records, runTool }: { records: number; runTool: RunTool },
) {
  const { bootstrap, pid } = broker;
  const topic = `matrix-${performance.now().toFixed(0)}`;
  const run = async () => {
    const before = cpuSeconds(pid);
    const produced = await producerPerf({ bootstrap, topic, records, batchBytes, ...row }, runTool);
    const between = cpuSeconds(pid);
    const produce = { ...produced, cpu: between - before };
    if (!row.isConsumed) return { produce, consume: undefined };
    const consumed = await consumerPerf({ bootstrap, topic, records }, runTool);
    return { produce, consume: { ...consumed, cpu: cpuSeconds(pid) - between } };
  };
  return withTopic(bootstrap, topic, run, { partitions: row.partitions, ...(settings && { settings }) });
}

async function measureLatency({ contenders, options, report }: Measurement): Promise<void> {
  if (!options.rows.test('end to end')) return;
  for (let repetition = 0; repetition < options.repetitions; repetition++) {
    for (const { name, broker } of inTurn(contenders, repetition)) {
      const topic = `latency-${performance.now().toFixed(0)}`;
      const ask = { bootstrap: broker.bootstrap, topic, records: latencyRecords };
      const { p50Ms, p99Ms } = await withTopic(broker.bootstrap, topic, () => endToEnd(ask));
      report.add(name, { name: 'end to end, median', ...milliseconds }, p50Ms);
      report.add(name, { name: 'end to end, 99th percentile', ...milliseconds }, p99Ms);
    }
  }
}

const connections = 200;
const requestsEach = 100;

async function measureConnections({ contenders, options, report }: Measurement): Promise<void> {
  const title = `${connections} connections`;
  if (!options.rows.test(title)) return;
  const requestRate = { name: `${title}, a record each time`, unit: 'requests/s', better: 'higher' } as const;
  for (let repetition = 0; repetition < options.repetitions; repetition++) {
    for (const { name, broker } of inTurn(contenders, repetition)) {
      const topic = `connections-${performance.now().toFixed(0)}`;
      const before = cpuSeconds(broker.pid);
      const ask = { bootstrap: broker.bootstrap, topic, connections, requestsEach };
      const { requestsPerSecond, p99Ms } = await withTopic(broker.bootstrap, topic, () => manyConnections(ask));
      const cpu = (cpuSeconds(broker.pid) - before) / (connections * requestsEach);
      report.add(name, requestRate, requestsPerSecond);
      report.add(name, { name: `${title}, 99th percentile`, ...milliseconds }, p99Ms);
      report.add(name, { name: `CPU, ${title}`, ...cost }, cpu * 1e6);
    }
  }
}
