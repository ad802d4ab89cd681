import { setTimeout as delay } from 'node:timers/promises';
import { type KafkaTool, kafkaTools, startKafkaTool } from '@nagare/tests/tools/kafka-tool';
import { cpuSeconds } from '@nagare/tests/tools/process-cost';
import { ToolHost } from '@nagare/tests/tools/tool-host';

/** What Kafka's own scripts give their perf tools. */
const JVM = ['-Xmx512M', '-server', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20', '-Djava.awt.headless=true'];

/** How long a consumer may get nothing, which it does while it joins its group. */
const silenceMsMax = 60_000;

/** One run of a perf tool. */
export interface PerfRun {
  readonly recordsPerSecond: number;
  /** CPU seconds of the tool's process from its start to its end; NaN when it has none of its own. */
  readonly clientCpuSeconds: number;
}

/** How `kafka-producer-perf-test` is run. */
export interface ProduceRun {
  readonly bootstrap: string;
  readonly topic: string;
  readonly records: number;
  readonly recordBytes: number;
  readonly batchBytes: number;
  /** Default: `none`. */
  readonly codec?: string;
  /** Default: `1`. */
  readonly acks?: '1' | 'all';
  /** Commits that often, in milliseconds; without transactions when it is not given. */
  readonly transactionMs?: number;
}

/** Runs a tool to its end. */
export type RunTool = (tool: KafkaTool, args: readonly string[]) => Promise<{ stdout: string; cpu: number }>;

/** How long a tool may run within {@link warmTools}. */
const toolMsMax = 300_000;

/** Tools that share a virtual machine, which has compiled their hot paths; what each of them costs is not known. */
export async function warmTools(): Promise<{ readonly run: RunTool } & AsyncDisposable> {
  const host = await ToolHost.start('4.3.1', JVM);
  return {
    async run(tool, args) {
      const { code, stdout, stderr } = await host.run(kafkaTools[tool], args, { limitMs: toolMsMax });
      if (code !== 0) throw new Error(`${tool} ended with ${code}\n${stdout}\n${stderr}`);
      return { stdout, cpu: Number.NaN };
    },
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
}

/** Kafka's producer, as fast as it goes. */
export async function producerPerf(run: ProduceRun, runTool: RunTool = runMeasured): Promise<PerfRun> {
  const load = ['--topic', run.topic, '--num-records', String(run.records), '--record-size', String(run.recordBytes)];
  const isTransactional = run.transactionMs !== undefined;
  const properties = [
    `bootstrap.servers=${run.bootstrap}`,
    `acks=${isTransactional ? 'all' : (run.acks ?? '1')}`,
    `batch.size=${run.batchBytes}`,
    'linger.ms=5',
    `compression.type=${run.codec ?? 'none'}`,
  ];
  const transactions = isTransactional ? ['--transaction-duration-ms', String(run.transactionMs)] : [];
  const args = [...load, ...transactions, '--throughput', '-1', '--command-property', ...properties];
  const { stdout, cpu } = await runTool('kafka-producer-perf-test', args);
  const match = new RegExp(`^${run.records} records sent, ([\\d.]+) records/sec`, 'm').exec(stdout);
  if (match === null) throw new Error(`The producer perf test did not send all records\n${stdout}`);
  return { recordsPerSecond: Number(match[1]), clientCpuSeconds: cpu };
}

/** Kafka's consumer, from the beginning; its rate is that of fetching, without the time to join the group. */
export async function consumerPerf(
  run: { bootstrap: string; topic: string; records: number },
  runTool: RunTool = runMeasured,
): Promise<PerfRun> {
  const load = ['--bootstrap-server', run.bootstrap, '--topic', run.topic, '--num-records', String(run.records)];
  const args = [...load, '--timeout', String(silenceMsMax)];
  const { stdout, cpu } = await runTool('kafka-consumer-perf-test', args);
  const columns = stdout.trim().split('\n').at(-1)?.split(', ') ?? [];
  if (Number(columns[4]) < run.records) throw new Error(`The consumer perf test did not read all records\n${stdout}`);
  return { recordsPerSecond: Number(columns[9]), clientCpuSeconds: cpu };
}

/** A process's counters are gone with it, so they are read until it ends. */
async function runMeasured(tool: KafkaTool, args: readonly string[]) {
  const child = await startKafkaTool(tool, args, { jvm: JVM });
  let cpu = 0;
  while (child.isRunning) {
    try {
      cpu = Math.max(cpu, cpuSeconds(child.pid));
    } catch {
      // It ended between the question and the answer.
    }
    await delay(20);
  }
  const { code } = await child.exited;
  if (code !== 0) throw new Error(`${tool} ended with ${code}\n${child.tail()}`);
  return { stdout: child.stdout, cpu };
}
