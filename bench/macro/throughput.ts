import { join } from 'node:path';
import { type RunningBroker, startBroker } from '@nagare/tests/tools/broker';
import { scratchDirectory } from '@nagare/tests/tools/paths';
import { cpuSeconds, residentBytes } from '@nagare/tests/tools/process-cost';
import { type BenchOptions, inTurn, isComplete, likeWithLike } from './options.ts';
import { consumerPerf, producerPerf, type RunTool, warmTools } from './perf-tools.ts';
import { Report } from './report.ts';
import { withTopic } from './topics.ts';

/** A shape of load: the size of a record and of the batches that the producer makes of them. */
interface Shape {
  readonly name: string;
  readonly recordBytes: number;
  readonly batchBytes: number;
  /** The part of the run's records that this shape sends. */
  readonly share: number;
}

const shapes: readonly Shape[] = [
  { name: '100 B in 128 KiB batches', recordBytes: 100, batchBytes: 131_072, share: 1 },
  { name: '100 B in 16 KiB batches', recordBytes: 100, batchBytes: 16_384, share: 1 },
  { name: '1 KiB in 128 KiB batches', recordBytes: 1024, batchBytes: 131_072, share: 0.5 },
  { name: '1 KiB in 16 KiB batches', recordBytes: 1024, batchBytes: 16_384, share: 0.5 },
];

/**
 * Producing and consuming with Kafka's own perf tools. All brokers run the whole time and take turns; the tools share a
 * virtual machine, because a fresh one compiles for longer than it takes to read what a run has written.
 */
export async function measureThroughput(options: BenchOptions): Promise<void> {
  const report = new Report('throughput');
  using scratch = scratchDirectory('throughput');
  await using tools = await warmTools();
  const brokers: RunningBroker[] = [];
  try {
    for (const product of options.products) {
      const settings = likeWithLike[product] ?? {};
      brokers.push(await startBroker(product, { dataDirectory: join(scratch.path, product), settings }));
    }
    const chosen = shapes.filter(({ name }) => options.rows.test(name));
    for (const shape of chosen) await measureShape({ brokers, options, report, runTool: tools.run }, shape);
    for (const { product, pid } of brokers) report.add(product, memory, residentBytes(pid) / 2 ** 20);
  } finally {
    for (const broker of brokers) await broker[Symbol.asyncDispose]();
  }
  report.finish({ isKept: isComplete(options) });
}

const memory = { name: 'memory after all runs', unit: 'MiB', better: 'lower' } as const;

interface Measurement {
  readonly brokers: readonly RunningBroker[];
  readonly options: BenchOptions;
  readonly report: Report;
  readonly runTool: RunTool;
}

async function measureShape({ brokers, options, report, runTool }: Measurement, shape: Shape): Promise<void> {
  const records = Math.round(options.records * shape.share);
  // The first turn is not measured: Java and Node compile their hot paths in it.
  for (const broker of brokers) await measureOnce({ broker, shape, records, runTool, report: undefined });
  for (let repetition = 0; repetition < options.repetitions; repetition++) {
    for (const broker of inTurn(brokers, repetition)) await measureOnce({ broker, shape, records, runTool, report });
  }
}

interface Turn {
  readonly broker: RunningBroker;
  readonly shape: Shape;
  readonly records: number;
  readonly runTool: RunTool;
  readonly report: Report | undefined;
}

async function measureOnce({ broker, shape, records, runTool, report }: Turn): Promise<void> {
  const { bootstrap, pid, product } = broker;
  const topic = `perf-${performance.now().toFixed(0)}`;
  const { produced, consumed, cpu } = await withTopic(bootstrap, topic, async () => {
    const before = cpuSeconds(pid);
    const produced = await producerPerf({ bootstrap, topic, records, ...shape }, runTool);
    const between = cpuSeconds(pid);
    const consumed = await consumerPerf({ bootstrap, topic, records }, runTool);
    return { produced, consumed, cpu: { produce: between - before, consume: cpuSeconds(pid) - between } };
  });
  if (report === undefined) return;
  const rate = { unit: 'records/s', better: 'higher' } as const;
  const cost = { unit: 's/M', better: 'lower' } as const;
  report.add(product, { name: `produce ${shape.name}`, ...rate }, produced.recordsPerSecond);
  report.add(product, { name: `consume ${shape.name}`, ...rate }, consumed.recordsPerSecond);
  report.add(product, { name: `broker CPU, produce ${shape.name}`, ...cost }, (cpu.produce * 1e6) / records);
  report.add(product, { name: `broker CPU, consume ${shape.name}`, ...cost }, (cpu.consume * 1e6) / records);
}
