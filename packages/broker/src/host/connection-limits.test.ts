import type { Connection } from '@nagare/base';
import { apis, codecOf, FrameReader, frameOf, Writer, writeRequestHeader } from '@nagare/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { fetchRequest, produceRequest, SimBroker } from '../testing/sim-broker.ts';

let broker: SimBroker;
let socket: Connection;
let isClosed: boolean;
let received: number;
let answers: number;
/** The bytes after which the peer stops to read. */
let pauseAt: number;

beforeEach(async () => {
  broker = await SimBroker.start();
  await broker.createTopic('orders');
  const { network } = broker.sim.platform('peer');
  socket = await broker.sim.complete(network.connect({ host: 'broker', port: 9092 }));
  const frames = new FrameReader(2 ** 30);
  isClosed = false;
  received = 0;
  pauseAt = Number.POSITIVE_INFINITY;
  answers = 0;
  socket.onEvent = (event) => {
    if (event.type === 'close') isClosed = true;
    if (event.type !== 'data') return;
    received += event.chunk.length;
    if (received >= pauseAt) socket.pause();
    frames.push(event.chunk);
    while (frames.next() !== undefined) answers += 1;
  };
});

function sendFetch(waitMs = 0, maxBytes = 50_000_000): void {
  const writer = new Writer();
  writeRequestHeader(writer, apis.fetch, { apiVersion: 11, correlationId: 1, clientId: null });
  codecOf(apis.fetch.request, 11).write(writer, { ...fetchRequest('orders', 0, waitMs), maxBytes });
  socket.write(frameOf(writer.chunks()));
}

function sendProduce(value: string): void {
  const writer = new Writer();
  writeRequestHeader(writer, apis.produce, { apiVersion: 9, correlationId: 2, clientId: null });
  codecOf(apis.produce.request, 9).write(writer, produceRequest('orders', [value], { acks: 0, sim: broker.sim }));
  socket.write(frameOf(writer.chunks()));
}

const endOffset = async () => {
  const { topics } = await broker.ask(apis.listOffsets, 7, {
    replicaId: -1,
    topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
  });
  return topics[0]?.partitions[0]?.offset;
};

describe('a peer that does not read', () => {
  beforeEach(async () => {
    await broker.produce('orders', ['x'.repeat(900_000)]);
    socket.pause();
  });

  test('is not served when 16 MiB wait for it, until it reads', async () => {
    for (let count = 0; count < 40; count += 1) sendFetch();
    sendProduce('behind');
    await broker.sim.advance(1_000);
    expect(await endOffset()).toBe(1);
    socket.resume();
    await broker.sim.runUntil(() => answers === 40);
    await broker.sim.advance(100);
    expect(await endOffset()).toBe(2);
  });

  test('is closed after half a minute, and one that reads slowly is not', async () => {
    for (let count = 0; count < 17; count += 1) sendFetch();
    await broker.sim.advance(20_000);
    expect(isClosed).toBe(false);
    for (let count = 0; count < 12; count += 1) {
      pauseAt = received + 100_000;
      socket.resume();
      await broker.sim.advance(10_000);
      expect(isClosed).toBe(false);
    }
    expect(answers).toBeLessThan(10);
    await broker.sim.advance(45_000);
    pauseAt = Number.POSITIVE_INFINITY;
    socket.resume();
    await broker.sim.advance(1_000);
    expect([isClosed, answers < 10]).toEqual([true, true]);
  });

  test('does not keep the broker from stopping', async () => {
    for (let count = 0; count < 30; count += 1) sendFetch();
    await broker.sim.advance(100);
    const before = broker.sim.elapsedMs;
    await broker.stop();
    expect(broker.sim.elapsedMs - before).toBeLessThan(2_000);
  });
});

describe('a peer that sends', () => {
  test('a frame in drops is closed, and one that comes slowly is not', async () => {
    const frame = Buffer.alloc(4 + 900_000);
    frame.writeInt32BE(900_000);
    for (let at = 0; at < 800_000; at += 100_000) {
      socket.write([frame.subarray(at, at + 100_000)]);
      await broker.sim.advance(12_000);
      expect(isClosed).toBe(false);
    }
    for (let drops = 0; drops < 50 && !isClosed; drops += 1) {
      socket.write([Buffer.alloc(1)]);
      await broker.sim.advance(1_000);
    }
    expect(isClosed).toBe(true);
  });

  test('nothing is closed after connections.max.idle.ms, unless a request of it waits', async () => {
    sendFetch(2_000_000);
    await broker.sim.advance(1_000_000);
    expect(isClosed).toBe(false);
    await broker.sim.advance(1_001_000);
    expect(answers).toBe(1);
    await broker.sim.advance(606_000);
    expect(isClosed).toBe(true);
  });

  test('a thousand requests at once lets another have its answer meanwhile', async () => {
    const writer = new Writer();
    writeRequestHeader(writer, apis.apiVersions, { apiVersion: 0, correlationId: 1, clientId: null });
    const request = Buffer.concat(frameOf(writer.chunks()));
    // The other has its connection: its request comes in right behind the thousand.
    socket.write([Buffer.concat(Array.from({ length: 1_000 }, () => request))]);
    await broker.ask(apis.apiVersions, 0, {});
    expect(answers).toBeLessThan(1_000);
    await broker.sim.runUntil(() => answers === 1_000);
  });

  test('a hundred fetches that wait is not served until one of them has its answer', async () => {
    for (let count = 0; count < 100; count += 1) sendFetch(30_000, 100);
    sendProduce('behind');
    await broker.sim.advance(5_000);
    expect([await endOffset(), answers]).toEqual([0, 0]);
    await broker.produce('orders', ['first']);
    await broker.sim.advance(100);
    expect([await endOffset(), answers]).toEqual([2, 100]);
  });

  test('fewer than a hundred fetches that wait is served on', async () => {
    for (let count = 0; count < 99; count += 1) sendFetch(30_000, 100);
    sendProduce('behind');
    await broker.sim.advance(5_000);
    expect([await endOffset(), answers]).toEqual([1, 99]);
  });

  test('fetches that may be long is served one or two at a time, whatever it sends behind them', async () => {
    for (let count = 0; count < 3; count += 1) sendFetch(30_000);
    sendProduce('behind');
    await broker.sim.advance(5_000);
    expect([await endOffset(), answers]).toEqual([0, 0]);
    await broker.produce('orders', ['first']);
    await broker.sim.advance(100);
    expect([await endOffset(), answers]).toEqual([2, 3]);
  });
});

test('while the memory for answers is used up, a peer that sends many requests at once is served one by one', async () => {
  broker = await SimBroker.start({ settings: { 'nagare.in.flight.bytes.max': 1_048_576 } });
  await broker.createTopic('orders');
  await broker.produce('orders', ['x'.repeat(900_000)]);
  const { network } = broker.sim.platform('peer');
  const greedy = await broker.sim.complete(network.connect({ host: 'broker', port: 9092 }));
  socket = greedy;
  greedy.pause();
  for (let count = 0; count < 8; count += 1) sendFetch();
  await broker.sim.advance(1_000);
  const other = await broker.sim.complete(network.connect({ host: 'broker', port: 9092 }));
  const frames = new FrameReader(2 ** 30);
  let served = 0;
  other.onEvent = (event) => {
    if (event.type === 'data') frames.push(event.chunk);
    while (frames.next() !== undefined) served += 1;
  };
  const writer = new Writer();
  writeRequestHeader(writer, apis.apiVersions, { apiVersion: 0, correlationId: 1, clientId: null });
  const request = Buffer.concat(frameOf(writer.chunks()));
  other.write([Buffer.concat(Array.from({ length: 10 }, () => request))]);
  await broker.sim.advance(1_000);
  expect(served).toBe(10);
});
