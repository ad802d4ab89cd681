import { rmSync } from 'node:fs';
import type { Client } from '@nagare/client';
import type { Child } from '@nagare/tests/tools/child';
import { cpuSeconds } from '@nagare/tests/tools/process-cost';
import type { Application } from './contenders.ts';
import { fill, restoreRow } from './input.ts';
import { Watcher } from './watcher.ts';

/** What it took to have a store again. */
export interface RestoreCost {
  /** From the start of the process to the first result, which needs the whole store. */
  readonly ms: number;
  readonly cpuSeconds: number;
}

/**
 * Builds a store of as many keys as the input has records, ends the application, deletes the store and starts it again.
 *
 * The topics have one partition, so that the record that is sent meanwhile waits for the whole store.
 */
export async function measureRestore(
  client: Client,
  start: () => Child,
  { stateDirectory, topics }: Application,
  { records, startMs }: { readonly records: number; readonly startMs: number },
): Promise<RestoreCost> {
  await using watcher = new Watcher(client, topics.output, 1);
  const first = start();
  try {
    const have = await watcher.until(records, () => first.isRunning);
    await first.end('SIGTERM');
    rmSync(stateDirectory, { recursive: true, force: true });
    await fill(client, topics.input, { from: 0, count: 1, startMs, at: restoreRow.record });
    return await untilNext(watcher, start, have);
  } catch (error) {
    throw new Error(`An application failed\n${first.tail()}`, { cause: error });
  } finally {
    await first.end('SIGKILL');
  }
}

async function untilNext(watcher: Watcher, start: () => Child, have: number): Promise<RestoreCost> {
  const beginMs = performance.now();
  const second = start();
  try {
    await watcher.until(have + 1, () => second.isRunning);
    return { ms: performance.now() - beginMs, cpuSeconds: cpuSeconds(second.pid) };
  } finally {
    await second.end('SIGKILL');
  }
}
