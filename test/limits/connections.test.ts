import { expect, test } from 'vitest';
import { waitFor } from '../tools/wait.ts';
import { note, timesOf, whole } from './figures.ts';
import { HealthyClient, settledBytes, startBroker } from './limited-broker.ts';
import { Peer } from './peer.ts';

test('idle connections cost little, and others do not feel them', async () => {
  const broker = await startBroker();
  const count = timesOf('NAGARE_IDLE', 2_000);
  const quietClient = new HealthyClient(broker.bootstrap);
  await quietClient.answered(300);
  const quiet = await quietClient.end();
  const before = await settledBytes(broker.pid);
  const startMs = performance.now();
  const peers = await Peer.connectMany(broker.bootstrap, count);
  const rate = count / ((performance.now() - startMs) / 1_000);
  const eachBytes = ((await settledBytes(broker.pid)) - before) / count;
  const client = new HealthyClient(broker.bootstrap);
  await client.answered(300);
  const beside = await client.end();
  note({
    limit: `${whole(count)} idle connections`,
    measured: `${whole(eachBytes)} bytes each; ${whole(rate)} connected a second; p99 of another client ${beside.p99Ms.toFixed(2)} ms, without them ${quiet.p99Ms.toFixed(2)} ms`,
    goal: '20 KB each; 1,000 a second; p99 unchanged',
  });
  expect(peers.filter(({ isClosed }) => isClosed)).toEqual([]);
  expect(eachBytes).toBeLessThan(40_000);
  expect(beside.answers).toBeGreaterThan(20);
  for (const peer of peers) peer[Symbol.dispose]();
});

test.each(['max.connections', 'max.connections.per.ip'])('beyond %s connections are closed', async (setting) => {
  const broker = await startBroker({ [setting]: '50' });
  const peers = await Peer.connectMany(broker.bootstrap, 150);
  const open = () => peers.filter(({ isClosed }) => !isClosed);
  await waitFor(() => (open().length <= 50 ? true : undefined), { what: 'those beyond the limit to be closed' });
  const served = await Promise.all(open().map((peer) => peer.isServed()));
  expect(served).toEqual(new Array(50).fill(true));
  for (const peer of open().slice(0, 10)) peer[Symbol.dispose]();
  // Who goes makes room for others.
  await waitFor(
    async () => {
      const peer = await Peer.connect(broker.bootstrap);
      return (await peer.isServed()) ? true : undefined;
    },
    { what: 'a connection in the room that others left' },
  );
  for (const peer of peers) peer[Symbol.dispose]();
});
