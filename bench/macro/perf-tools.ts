import { setTimeout as delay } from 'node:timers/promises';
import { startKafkaTool } from '@nagare/tests/tools/kafka-tool';
import { cpuSeconds } from '@nagare/tests/tools/process-cost';

/** What Kafka's own scripts give their perf tools. */
const JVM = ['-Xmx512M', '-server', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20', '-Djava.awt.headless=true'];

/** One run of a perf tool. */
export interface PerfRun {
  readonly recordsPerSecond: number;
  /** CPU seconds of the tool's process from its start to its end. */
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

/** Kafka's producer, as fast as it goes. */
export async function producerPerf(run: ProduceRun): Promise<PerfRun> {
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
  const { stdout, cpu } = await runMeasured('kafka-producer-perf-test', args);
  const match = new RegExp(`^${run.records} records sent, ([\\d.]+) records/sec`, 'm').exec(stdout);
  if (match === null) throw new Error(`The producer perf test did not send all records\n${stdout}`);
  return { recordsPerSecond: Number(match[1]), clientCpuSeconds: cpu };
}

/** Kafka's consumer, from the beginning; its rate is that of fetching, without the time to join the group. */
export async function consumerPerf(run: { bootstrap: string; topic: string; records: number }): Promise<PerfRun> {
  const args = ['--bootstrap-server', run.bootstrap, '--topic', run.topic, '--num-records', String(run.records)];
  const { stdout, cpu } = await runMeasured('kafka-consumer-perf-test', args);
  const columns = stdout.trim().split('\n').at(-1)?.split(', ') ?? [];
  if (Number(columns[4]) < run.records) throw new Error(`The consumer perf test did not read all records\n${stdout}`);
  return { recordsPerSecond: Number(columns[9]), clientCpuSeconds: cpu };
}

/** From the call of send to the arrival at a consumer, one record after the other, with acks=1: milliseconds. */
export async function endToEndLatency(run: { bootstrap: string; topic: string; records: number; recordBytes: number }) {
  const args = [run.bootstrap, run.topic, String(run.records), '1', String(run.recordBytes)];
  const { stdout } = await runMeasured('kafka-e2e-latency', args);
  const match = /99th = (\d+)/.exec(stdout);
  const average = /Avg latency: ([\d.]+) ms/.exec(stdout);
  if (match === null || average === null) throw new Error(`No percentiles\n${stdout}`);
  return { averageMs: Number(average[1]), p99Ms: Number(match[1]) };
}

/** A process's counters are gone with it, so they are read until it ends. */
async function runMeasured(tool: Parameters<typeof startKafkaTool>[0], args: readonly string[]) {
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
