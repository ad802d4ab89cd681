import { type Api, apis } from '@nagare/protocol';
import { expect, test } from 'vitest';
import { cpuSeconds } from '../tools/process-cost.ts';
import { Wire } from '../tools/wire.ts';
import { mib, note, timesOf, whole } from './figures.ts';
import { createTopics, HealthyClient, settledBytes, startBroker } from './limited-broker.ts';
import { MalformedLoad } from './malformed-load.ts';
import { MalformedRequests } from './malformed-request.ts';

const connections = 64;

/** The APIs that a broker says it serves. */
async function servedApis(bootstrap: string): Promise<Api[]> {
  using wire = new Wire(bootstrap);
  const { apiKeys } = await wire.request(apis.apiVersions, 0, {});
  const served = new Set(apiKeys.map(({ apiKey }) => apiKey));
  return (Object.values(apis) as readonly Api[]).filter(({ key }) => served.has(key));
}

test('malformed requests end with an answer or a close, leave no memory behind, and others are served', async () => {
  const broker = await startBroker({ 'nagare.durability': 'os', 'nagare.connection.stall.ms': '1000' });
  await createTopics(broker.bootstrap, { orders: {}, table: { 'cleanup.policy': 'compact' } });
  const served = await servedApis(broker.bootstrap);
  const count = timesOf('NAGARE_MALFORMED', 20_000);
  const warmUpCount = Math.max(5_000, count / 5);
  const warmUp = new MalformedLoad({
    bootstrap: broker.bootstrap,
    requests: new MalformedRequests('warm-up', served),
    count: warmUpCount,
  });
  await warmUp.run(connections);
  const before = await settledBytes(broker.pid);
  const healthy = new HealthyClient(broker.bootstrap);
  const load = new MalformedLoad({
    bootstrap: broker.bootstrap,
    requests: new MalformedRequests('malformed', served),
    count,
  });
  const startMs = performance.now();
  const cpuBefore = cpuSeconds(broker.pid);
  await load.run(connections);
  const elapsedMs = performance.now() - startMs;
  const cpu = cpuSeconds(broker.pid) - cpuBefore;
  const { answers, p99Ms, maxMs } = await healthy.end();
  const after = await settledBytes(broker.pid, 20);
  const { answered, refused, abandoned } = load.outcome;
  note({
    limit: `${whole(count)} malformed requests of ${served.length} APIs over TCP`,
    measured: `${whole(count / (elapsedMs / 1_000))} a second, ${whole(count / cpu)} per second of the broker's CPU time; ${whole(answered)} answered, ${whole(refused)} closed, ${whole(abandoned)} left waiting by the peer; memory ${mib(before)} before, ${mib(after)} after; another client: ${whole(answers)} answers, p99 ${p99Ms.toFixed(1)} ms, at most ${maxMs.toFixed(1)} ms`,
    goal: '20,000 a second; memory back within 10 % or 64 MiB',
  });
  expect(answered + refused + abandoned).toBe(count);
  expect(answered).toBeGreaterThan(count * 0.1);
  expect(refused).toBeGreaterThan(count * 0.1);
  expect(after).toBeLessThan(Math.max(before * 1.1, before + 64 * 1024 * 1024));
  expect(answers).toBeGreaterThan(20);
});
