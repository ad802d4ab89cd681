import { join } from 'node:path';
import { type RunningBroker, startBroker } from '@nagare/tests/tools/broker';
import { scratchDirectory } from '@nagare/tests/tools/paths';
import { cpuSeconds, residentBytes } from '@nagare/tests/tools/process-cost';
import { manyConnections } from './many-connections.ts';
import { type BenchOptions, inTurn, likeWithLike } from './options.ts';
import { consumerPerf, endToEndLatency, type ProduceRun, producerPerf } from './perf-tools.ts';
import { Report } from './report.ts';
import { withTopic } from './topics.ts';

/** One row: how records are produced, and then consumed. */
interface Row extends Pick<ProduceRun, 'codec' | 'acks' | 'transactionMs' | 'recordBytes'> {
  readonly name: string;
  readonly partitions: number;
}

const sizes = [
  { recordBytes: 100, size: '100 B' },
  { recordBytes: 1024, size: '1 KiB' },
  { recordBytes: 10_240, size: '10 KiB' },
] as const;
const batchBytes = 65_536;

const rows: readonly Row[] = sizes.flatMap(({ recordBytes, size }) => [
  ...['none', 'lz4', 'zstd'].map((codec) => ({ name: `${size}, ${codec}`, recordBytes, codec, partitions: 1 })),
  { name: `${size}, acks=all`, recordBytes, acks: 'all' as const, partitions: 1 },
  { name: `${size}, transactional`, recordBytes, transactionMs: 100, partitions: 1 },
  { name: `${size}, 16 partitions`, recordBytes, partitions: 16 },
]);

/** A broker under measurement: ours twice, as the price of syncing before an answer is one of the figures. */
interface Contender {
  readonly name: string;
  readonly broker: RunningBroker;
}

const rate = { unit: 'records/s', better: 'higher' } as const;
const cost = { unit: 's/M', better: 'lower' } as const;
const milliseconds = { unit: 'ms', better: 'lower' } as const;

/** Sizes, codecs, acknowledgements, transactions, partitions and connections, each beside Apache Kafka. */
export async function measureMatrix(options: BenchOptions): Promise<void> {
  const report = new Report('matrix');
  using scratch = scratchDirectory('matrix');
  const contenders: Contender[] = [];
  try {
    for (const product of options.products) {
      const settings = likeWithLike[product] ?? {};
      const broker = await startBroker(product, { dataDirectory: join(scratch.path, product), settings });
      contenders.push({ name: product, broker });
    }
    if (options.products.includes('nagare')) {
      const settings = { 'nagare.durability': 'fsync' };
      const broker = await startBroker('nagare', { dataDirectory: join(scratch.path, 'fsync'), settings });
      contenders.push({ name: 'nagare, fsync', broker });
    }
    for (const row of rows) await measureRow(contenders, row, options, report);
    await measureLatency(contenders, options, report);
    await measureConnections(contenders, options, report);
    for (const { name, broker } of contenders) report.add(name, memory, residentBytes(broker.pid) / 2 ** 20);
  } finally {
    for (const { broker } of contenders) await broker[Symbol.asyncDispose]();
  }
  report.finish();
}

const memory = { name: 'memory after all runs', unit: 'MiB', better: 'lower' } as const;

async function measureRow(
  contenders: readonly Contender[],
  row: Row,
  options: BenchOptions,
  report: Report,
): Promise<void> {
  const records = Math.round((options.records * 0.4) / (1 + row.recordBytes / 1024));
  // The first turn is not measured: Java and Node compile their hot paths in it.
  for (let repetition = -1; repetition < options.repetitions; repetition++) {
    for (const contender of inTurn(contenders, Math.abs(repetition))) {
      const figures = await measureOnce(contender.broker, row, records);
      if (repetition < 0) continue;
      report.add(contender.name, { name: `produce ${row.name}`, ...rate }, figures.produced);
      report.add(contender.name, { name: `consume ${row.name}`, ...rate }, figures.consumed);
      report.add(contender.name, { name: `CPU, produce ${row.name}`, ...cost }, (figures.produceCpu * 1e6) / records);
      report.add(contender.name, { name: `CPU, consume ${row.name}`, ...cost }, (figures.consumeCpu * 1e6) / records);
    }
  }
}

async function measureOnce({ bootstrap, pid }: RunningBroker, row: Row, records: number) {
  const topic = `matrix-${performance.now().toFixed(0)}`;
  const run = async () => {
    const before = cpuSeconds(pid);
    const produced = await producerPerf({ bootstrap, topic, records, batchBytes, ...row });
    const between = cpuSeconds(pid);
    const consumed = await consumerPerf({ bootstrap, topic, records });
    return {
      produced: produced.recordsPerSecond,
      consumed: consumed.recordsPerSecond,
      produceCpu: between - before,
      consumeCpu: cpuSeconds(pid) - between,
    };
  };
  return withTopic(bootstrap, topic, run, row.partitions);
}

async function measureLatency(contenders: readonly Contender[], options: BenchOptions, report: Report): Promise<void> {
  for (let repetition = 0; repetition < options.repetitions; repetition++) {
    for (const { name, broker } of inTurn(contenders, repetition)) {
      const topic = `latency-${performance.now().toFixed(0)}`;
      const ask = { bootstrap: broker.bootstrap, topic, records: 5000, recordBytes: 100 };
      const { averageMs, p99Ms } = await withTopic(broker.bootstrap, topic, () => endToEndLatency(ask));
      report.add(name, { name: 'end to end, average', ...milliseconds }, averageMs);
      report.add(name, { name: 'end to end, 99th percentile', ...milliseconds }, p99Ms);
    }
  }
}

async function measureConnections(
  contenders: readonly Contender[],
  options: BenchOptions,
  report: Report,
): Promise<void> {
  for (let repetition = 0; repetition < options.repetitions; repetition++) {
    for (const { name, broker } of inTurn(contenders, repetition)) {
      const topic = `connections-${performance.now().toFixed(0)}`;
      const before = cpuSeconds(broker.pid);
      const ask = { bootstrap: broker.bootstrap, topic, connections: 200, requestsEach: 100 };
      const { requestsPerSecond, p99Ms } = await withTopic(broker.bootstrap, topic, () => manyConnections(ask));
      const requests = ask.connections * ask.requestsEach;
      report.add(
        name,
        { name: '200 connections, one record a request', unit: 'requests/s', better: 'higher' },
        requestsPerSecond,
      );
      report.add(name, { name: '200 connections, 99th percentile', ...milliseconds }, p99Ms);
      report.add(name, { name: '200 connections, CPU', ...cost }, ((cpuSeconds(broker.pid) - before) * 1e6) / requests);
    }
  }
}
