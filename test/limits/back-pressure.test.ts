import { apis, encodeBatch } from '@nagare/protocol';
import { expect, test } from 'vitest';
import { cpuSeconds } from '../tools/process-cost.ts';
import { mib, note, timesOf } from './figures.ts';
import { createTopics, HealthyClient, settledBytes, startBroker, watchMemory } from './limited-broker.ts';
import { frameFor, Peer } from './peer.ts';

const mebibyte = 1024 * 1024;
/** What a log and the connections may keep: bytes that wait for the disk, requests in flight, and what is being collected. */
const grownBytesMax = 500 * mebibyte;
const perProducerMib = 250;
const producers = 4;

/** Sends the same Produce as fast as the socket takes it, until so many bytes were taken, and gives how many. */
async function blast(peer: Peer, request: Buffer, bytesMin: number): Promise<number> {
  let bytes = 0;
  while (bytes < bytesMin && !peer.isClosed) {
    const isTaken = peer.send(request);
    bytes += request.length;
    // The peer's own memory must not be what fills up.
    if (isTaken) await new Promise(setImmediate);
    else await peer.drained();
  }
  return bytes;
}

test.each([0, 1, -1])('producers with acks=%i that never wait are slowed down, with flat memory', async (acks) => {
  const broker = await startBroker({
    'log.retention.check.interval.ms': '500',
    'nagare.in.flight.bytes.max': '33554432',
  });
  const small = { 'retention.bytes': '134217728', 'segment.bytes': '67108864', 'file.delete.delay.ms': '0' };
  await createTopics(broker.bootstrap, { flood: small });
  const records = encodeBatch({}, [{ timestamp: 1, key: null, value: Buffer.alloc(900_000, 'x') }]);
  const topicData = [{ name: 'flood', partitionData: [{ index: 0, records }] }];
  const request = frameFor(apis.produce, 8, { acks, timeoutMs: 30_000, topicData });
  const bytesEach = timesOf('NAGARE_FLOOD_MIB', perProducerMib) * mebibyte;
  const peers = await Peer.connectMany(broker.bootstrap, producers);
  const before = await settledBytes(broker.pid);
  const memory = watchMemory(broker.pid);
  const cpuBefore = cpuSeconds(broker.pid);
  const healthy = new HealthyClient(broker.bootstrap);
  const startMs = performance.now();
  const blasts = peers.map((peer) => blast(peer, request, bytesEach));
  const bytes = (await Promise.all(blasts)).reduce((total, each) => total + each);
  const rate = bytes / ((performance.now() - startMs) / 1_000);
  const cpu = cpuSeconds(broker.pid) - cpuBefore;
  const { answers, p99Ms, maxMs } = await healthy.end();
  const grown = memory.stop() - before;
  note({
    limit: `back-pressure: ${producers} producers, acks=${acks}, 900 KB batches without waiting`,
    measured: `${mib(bytes)} taken, ${mib(rate)} a second, ${cpu.toFixed(2)} s of CPU; ${mib(grown)} more memory at most; another client: p99 ${p99Ms.toFixed(1)} ms, at most ${maxMs.toFixed(1)} ms (the event loop's delay)`,
    goal: 'flat memory; delay below 50 ms',
  });
  expect(peers.filter(({ isClosed }) => isClosed)).toEqual([]);
  expect(bytes).toBeGreaterThan(1.9 * grownBytesMax);
  expect(grown).toBeLessThan(grownBytesMax);
  expect(answers).toBeGreaterThan(5);
  for (const peer of peers) peer[Symbol.dispose]();
});
