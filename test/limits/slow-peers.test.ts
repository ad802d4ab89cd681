import { apis, encodeBatch } from '@nagare/protocol';
import { expect, test } from 'vitest';
import { waitFor } from '../tools/wait.ts';
import { Wire } from '../tools/wire.ts';
import { mib, note, timesOf, whole } from './figures.ts';
import { createTopics, HealthyClient, settledBytes, startBroker, watchMemory } from './limited-broker.ts';
import { frameFor, Peer } from './peer.ts';

const mebibyte = 1024 * 1024;
const soon = { 'nagare.connection.stall.ms': '3000' };
const isOpen = (peer: Peer) => !peer.isClosed;
const told = ({ receivedBytes, sentBytes, unsentBytes }: Peer) =>
  `${receivedBytes} bytes received, ${sentBytes} sent, ${unsentBytes} unsent`;
const allClosed = (peers: readonly Peer[]) =>
  waitFor(() => (peers.every(({ isClosed }) => isClosed) ? true : undefined), {
    what: () => `the broker to close all of ${peers.length}; open are: ${peers.filter(isOpen).map(told).join('; ')}`,
    timeoutMs: 120_000,
  });

test('a frame that does not come to its end costs what came of it, and ends its connection', async () => {
  const broker = await startBroker(soon);
  const count = timesOf('NAGARE_SLOWLORIS', 300);
  const healthy = new HealthyClient(broker.bootstrap);
  const before = await settledBytes(broker.pid);
  const memory = watchMemory(broker.pid);
  const peers = await Peer.connectMany(broker.bootstrap, count);
  const length = Buffer.alloc(5);
  length.writeInt32BE(100_000_000);
  for (const peer of peers) peer.send(length);
  const dripping = setInterval(() => {
    for (const peer of peers) if (!peer.isClosed) peer.send(Buffer.alloc(1));
  }, 500);
  const startMs = performance.now();
  await allClosed(peers);
  clearInterval(dripping);
  const closedMs = performance.now() - startMs;
  const eachBytes = (memory.stop() - before) / count;
  const { answers } = await healthy.end();
  note({
    limit: `slowloris: ${whole(count)} connections, 2 bytes/s of a frame of 100 MB`,
    measured: `${whole(eachBytes)} bytes each; all closed ${whole(closedMs)} ms after, with a deadline of 3,000 ms; ${whole(answers)} answers to another client meanwhile`,
    goal: '64 KiB each at most; closed',
  });
  expect(eachBytes).toBeLessThan(256 * 1024);
  expect(closedMs).toBeGreaterThan(2_000);
  expect(answers).toBeGreaterThan(20);
});

/** Fills a topic with batches of 900 KB. */
async function fill(bootstrap: string, topic: string, batches: number): Promise<void> {
  using wire = new Wire(bootstrap);
  const records = encodeBatch({}, [{ timestamp: 1, key: null, value: Buffer.alloc(900_000, 'x') }]);
  for (let count = 0; count < batches; count += 1) {
    const topicData = [{ name: topic, partitionData: [{ index: 0, records: Buffer.from(records) }] }];
    const { responses } = await wire.request(apis.produce, 8, { acks: 1, timeoutMs: 30_000, topicData });
    expect(responses[0]?.partitionResponses[0]?.errorCode).toBe(0);
  }
}

function fetchOf(topic: string): Buffer {
  const bytes = 50 * mebibyte;
  const partition = { partition: 0, fetchOffset: 0, partitionMaxBytes: bytes };
  return frameFor(apis.fetch, 11, {
    ...{ replicaId: -1, maxWaitMs: 0, minBytes: 1, maxBytes: bytes, isolationLevel: 0, sessionId: 0, sessionEpoch: -1 },
    topics: [{ topic, partitions: [partition] }],
    forgottenTopicsData: [],
  });
}

test('readers that do not read share a bounded memory, and are closed', async () => {
  // As long as nothing is closed, what the readers hold can be seen.
  const broker = await startBroker({ 'nagare.connection.stall.ms': '8000', 'nagare.in.flight.bytes.max': '67108864' });
  await createTopics(broker.bootstrap, { large: {} });
  await fill(broker.bootstrap, 'large', 55);
  const count = timesOf('NAGARE_SLOW_READERS', 50);
  const before = await settledBytes(broker.pid);
  const memory = watchMemory(broker.pid);
  const healthy = new HealthyClient(broker.bootstrap);
  const fetch = fetchOf('large');
  const peers = await Peer.connectMany(broker.bootstrap, count);
  for (const peer of peers) {
    peer.deafen();
    for (let times = 0; times < 4; times += 1) peer.send(fetch);
  }
  await healthy.answered(healthy.answers + 300);
  const grown = memory.stop() - before;
  await allClosed(peers.map((peer) => deafClosed(peer)));
  const { answers } = await healthy.end();
  note({
    limit: `slow readers: ${whole(count)} that never read, four fetches of 50 MiB each, budget 64 MiB`,
    measured: `${mib(grown)} more memory (${mib(grown / count)} each), all closed; ${whole(answers)} answers to another client meanwhile`,
    goal: 'budget + 3 MiB each; closed',
  });
  // Without a bound it would be 50 MiB for each of them at least.
  expect(grown).toBeLessThan((64 + 96 + 4 * count) * mebibyte);
  expect(answers).toBeGreaterThan(20);
});

/** A peer that does not read learns of the end by what it sends. */
function deafClosed(peer: Peer): Peer {
  const probe = setInterval(() => {
    if (peer.isClosed) clearInterval(probe);
    else peer.send(Buffer.alloc(1));
  }, 1_000);
  return peer;
}

test('a million requests that nobody reads the answers of are not all taken', async () => {
  const broker = await startBroker({ 'nagare.connection.stall.ms': '60000' });
  const before = await settledBytes(broker.pid);
  const memory = watchMemory(broker.pid);
  using peer = await Peer.connect(broker.bootstrap);
  peer.deafen();
  const request = frameFor(apis.apiVersions, 0, {});
  const some = Buffer.concat(Array.from({ length: 10_000 }, () => request));
  const healthy = new HealthyClient(broker.bootstrap);
  for (let sent = 0; sent < 1_000_000; sent += 10_000) peer.send(some);
  await peer.stalled();
  await healthy.answered(healthy.answers + 50);
  const grown = memory.stop() - before;
  const { answers } = await healthy.end();
  note({
    limit: 'pipelining: 1,000,000 requests on one connection, answers unread (they would be 425 MiB)',
    measured: `${mib(grown)} more memory; ${whole(answers)} answers to another client meanwhile`,
    goal: '100 in flight and 16 MiB of answers; paused',
  });
  expect(peer.unsentBytes).toBeGreaterThan(0);
  expect(grown).toBeLessThan(120 * mebibyte);
  expect(answers).toBeGreaterThan(20);
});
