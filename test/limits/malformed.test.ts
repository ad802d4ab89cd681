import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../tools/child.ts';
import { repositoryRoot } from '../tools/paths.ts';
import { mib, note, timesOf, whole } from './figures.ts';
import { createTopics, HealthyClient, settledBytes, startBroker } from './limited-broker.ts';
import type { Mix } from './malformed-load.ts';
import type { LoadReport, LoadTask } from './malformed-process.ts';

const connections = 128;
/** Most are nonsense that can be read; every tenth cannot, of all four kinds, and ends its connection. */
const mix: Mix = { nonsense: 36, damaged: 1, random: 1, counts: 1, lengths: 1 };

/** Runs a load in a process of its own, so that it takes nothing from who measures. */
async function load(task: LoadTask): Promise<LoadReport> {
  const program = join(repositoryRoot, 'test/limits/malformed-process.ts');
  const args = ['--import', 'tsx', '--conditions=@nagare/source', program, JSON.stringify(task)];
  return JSON.parse(await run(process.execPath, args)) as LoadReport;
}

test('malformed requests end with an answer or a close, leave no memory behind, and others are served', async () => {
  const broker = await startBroker({ 'nagare.durability': 'os', 'nagare.connection.stall.ms': '1000' });
  const { bootstrap, pid: brokerPid } = broker;
  await createTopics(bootstrap, { orders: {}, table: { 'cleanup.policy': 'compact' } });
  const count = timesOf('NAGARE_MALFORMED', 20_000);
  const task = { bootstrap, brokerPid, mix, connections };
  // As many as are counted: what V8 compiles for them, and the heap that it keeps, are there before then.
  await load({ ...task, seed: 'warm-up', count });
  const before = await settledBytes(brokerPid);
  const quietClient = new HealthyClient(bootstrap);
  await quietClient.answered(300);
  const quiet = await quietClient.end();
  const healthy = new HealthyClient(bootstrap);
  const { sent, answered, closed, short, elapsedMs, ...cost } = await load({ ...task, seed: 'malformed', count });
  const { answers, p99Ms, maxMs } = await healthy.end();
  const after = await settledBytes(brokerPid, 20);
  const unreadable = count - sent.nonsense;
  note({
    limit: `${whole(count)} malformed requests over TCP: ${whole(sent.nonsense)} that can be read, with values that get an error (${cost.apis} APIs, ${cost.versions} versions); ${whole(sent.damaged)} damaged, ${whole(sent.random)} of random bytes, ${whole(sent.counts)} with hostile counts, ${whole(sent.lengths)} with wrong lengths`,
    measured: `${whole(count / (elapsedMs / 1_000))} a second, ${whole(count / cost.brokerCpuSeconds)} per second of the broker's CPU time; ${whole(answered)} answered, ${whole(closed)} connections closed (${whole(short)} before all answers had left); memory ${mib(before)} before, ${mib(after)} after; another client: ${whole(answers)} answers, p99 ${p99Ms.toFixed(1)} ms (${quiet.p99Ms.toFixed(1)} ms without the load), at most ${maxMs.toFixed(1)} ms`,
    goal: '20,000 a second; memory back within 10 % or 64 MiB',
  });
  expect(closed).toBe(unreadable);
  expect(cost.apis).toBeGreaterThan(20);
  // On a slow machine a connection may be closed before the answers that wait for the disk have left.
  expect(answered).toBeGreaterThan(sent.nonsense * 0.5);
  expect(after).toBeLessThan(Math.max(before * 1.1, before + 64 * 1024 * 1024));
  expect(answers).toBeGreaterThan(20);
});
