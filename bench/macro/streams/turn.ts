import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@nagare/client';
import type { Child } from '@nagare/tests/tools/child';
import { cpuSeconds, peakResidentBytes } from '@nagare/tests/tools/process-cost';
import type { Application } from './contenders.ts';
import { Watcher } from './watcher.ts';

/** Partitions of every topic: an application has so many tasks for each part of its topology. */
export const PARTITIONS = 4;

/** The system counts CPU time in hundredths of a second: less than this many would say little. */
const CPU_SECONDS_MIN = 0.05;

/** What one run of an application came to. */
export interface Cost {
  readonly recordsPerSecond: number;
  readonly cpuSecondsPerMillion: number;
  readonly peakBytes: number;
  readonly firstOutputMs: number;
}

/** How many results are awaited. */
export interface Expected {
  /** Results that are not measured: in Java and in Node, code is compiled while they are made. */
  readonly warmUp: number;
  readonly measured: number;
}

/** Runs an application from its start to its last result and ends it as one that crashes: what it would still do is not measured. */
export async function measureTurn(
  client: Client,
  child: Child,
  { output }: Application['topics'],
  expected: Expected,
): Promise<Cost> {
  const startMs = performance.now();
  const isAlive = () => child.isRunning;
  await using watcher = new Watcher(client, output, PARTITIONS);
  try {
    await watcher.until(1, isAlive);
    const firstOutputMs = performance.now() - startMs;
    const before = await watcher.until(expected.warmUp, isAlive);
    const begin = { ms: performance.now(), cpu: cpuSeconds(child.pid) };
    const records = (await watcher.until(expected.warmUp + expected.measured, isAlive)) - before;
    if (records === 0) throw new RangeError('All results came at once: measure more --records');
    const end = { ms: performance.now(), cpu: cpuSeconds(child.pid) };
    if (end.cpu - begin.cpu < CPU_SECONDS_MIN) {
      throw new RangeError(`${records} results took too little CPU time to be measured: measure more --records`);
    }
    return {
      recordsPerSecond: (records / (end.ms - begin.ms)) * 1000,
      cpuSecondsPerMillion: ((end.cpu - begin.cpu) / records) * 1e6,
      peakBytes: peakResidentBytes(child.pid),
      firstOutputMs,
    };
  } catch (error) {
    throw new Error(`An application failed\n${child.tail()}`, { cause: error });
  } finally {
    await child.end(keepsProfile() ? 'SIGTERM' : 'SIGKILL');
  }
}

/** A profile is written by a process that ends by itself. */
function keepsProfile(): boolean {
  return process.env.NAGARE_BENCH_NODE_FLAGS !== undefined;
}

/** Makes a topic whose files are gone as soon as it is deleted, and whose records stay until then. */
export async function makeTopic(client: Client, topic: string, partitions = PARTITIONS): Promise<void> {
  await using admin = client.admin();
  const configEntries = { 'file.delete.delay.ms': '0', 'retention.ms': '-1' };
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions, configEntries }] });
}

/** Deletes every topic whose name starts like that: an application's own ones, too. */
export async function deleteTopics(client: Client, prefix: string): Promise<void> {
  await using admin = client.admin();
  const topics = (await admin.listTopics()).map(({ topic }) => topic).filter((topic) => topic.startsWith(prefix));
  if (topics.length > 0) await admin.deleteTopics({ topics });
  // Files are deleted in the background, and the next run need not pay for it.
  await delay(500);
}
