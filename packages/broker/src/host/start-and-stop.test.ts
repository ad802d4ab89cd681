import { apis, errorCode } from '@nagare/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { createBroker } from '../create-broker.ts';
import { dataDirectory, produceRequest, SimBroker } from '../testing/sim-broker.ts';

const topics = ['a', 'b', 'c'] as const;
let broker: SimBroker;

beforeEach(async () => {
  broker = await SimBroker.start();
});

async function files(folder = ''): Promise<string[]> {
  return broker.sim.complete(broker.node.disk.list(dataDirectory + folder));
}

describe('a start that fails', () => {
  beforeEach(async () => {
    for (const name of topics) {
      await broker.createTopic(name);
      for (const value of ['1', '2', '3']) await broker.produce(name, [value]);
      await broker.ask(apis.deleteRecords, 2, {
        timeoutMs: 1_000,
        topics: [{ name, partitions: [{ partitionIndex: 0, offset: 2 }] }],
      });
    }
  });

  test('after a crash leaves logs that it did not come to unchecked, and beginning where they began', async () => {
    broker.node.crash();
    broker.fails = (method, path) => method === 'list' && path.endsWith('/c-0');
    await expect(broker.start()).rejects.toThrow('planned');
    expect(await files()).not.toContain('.kafka_cleanshutdown');
    broker.fails = () => false;
    await broker.start();
    for (const name of topics) {
      expect(await broker.read(name, 2)).toMatchObject({ values: ['3'], logStartOffset: 2 });
      expect((await broker.read(name, 1)).errorCode).toBe(errorCode.OFFSET_OUT_OF_RANGE);
    }
  });

  test('after a clean stop leaves the marker of one', async () => {
    await broker.stop();
    broker.fails = (method, path) => method === 'list' && path.endsWith('/c-0');
    await expect(broker.start()).rejects.toThrow('planned');
    expect(await files()).toContain('.kafka_cleanshutdown');
  });

  test.each([
    ['the folder of the metadata', (method: string, path: string) => method === 'makeDirectory' && path.endsWith('-0')],
    ['the vote', (method: string, path: string) => method === 'readFile' && path.endsWith('/quorum-state')],
    ['a log', (method: string, path: string) => method === 'list' && path.endsWith('/a-0')],
    // The lock goes last of all, whatever else fails at the end.
    ['every file', (method: string) => method === 'open'],
  ])('at %s lets go of the directory', async (_, fails) => {
    broker.node.crash();
    broker.fails = fails;
    await expect(broker.start()).rejects.toThrow();
    broker.fails = () => false;
    await broker.start();
    expect((await broker.read('a', 2)).values).toEqual(['3']);
  });

  test('tells of its own failure, not of the one that followed when it closed', async () => {
    broker.node.crash();
    broker.fails = (method, path) =>
      (method === 'list' && path.endsWith('/a-0')) || path.endsWith('-offset-checkpoint.tmp');
    await expect(broker.start()).rejects.toThrow('/a-0');
  });
});

test('a port that is taken lets go of the directory', async () => {
  await broker.createTopic('orders');
  await broker.produce('orders', ['a']);
  await broker.stop();
  const { network, ...platform } = broker.node;
  const taken = await broker.sim.complete(network.listen({ host: 'broker', port: 9092 }, () => {}));
  const start = createBroker({
    platform: { ...platform, network },
    listen: { host: 'broker', port: 9092 },
    directory: dataDirectory,
  });
  await expect(broker.sim.complete(start)).rejects.toMatchObject({ code: 'NAGARE_BROKER_PORT_IN_USE' });
  await taken.close();
  await broker.start();
  expect((await broker.read('orders')).values).toEqual(['a']);
});

describe('stop', () => {
  test('called twice stops once, and both calls wait for the end', async () => {
    await broker.createTopic('orders');
    await broker.sim.complete(Promise.all([broker.broker.stop(), broker.broker.stop()]));
    await broker.stop();
    expect(await files()).toContain('.kafka_cleanshutdown');
    expect(await files()).not.toContain('.lock');
  });

  test('answers what is in flight before connections close', async () => {
    await broker.createTopic('orders');
    broker.node.disk.faults.syncMs = [200, 200];
    const waiting = broker.client.request(apis.produce, 9, produceRequest('orders', ['a'], { sim: broker.sim }));
    await broker.sim.advance(20);
    const stopping = broker.broker.stop();
    expect((await broker.sim.complete(waiting)).responses[0]?.partitionResponses[0]?.errorCode).toBe(0);
    await broker.sim.complete(stopping);
  });

  test('does not wait for fetches that were pipelined behind a fetch', async () => {
    await broker.createTopic('orders');
    const fetch = () =>
      broker.client.request(apis.fetch, 11, {
        ...{ maxWaitMs: 60_000, minBytes: 1_000 },
        topics: [{ topic: 'orders', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000 }] }],
      });
    // More than are served at once: the rest is taken up while the broker stops.
    const waiting = Array.from({ length: 250 }, fetch);
    for (const each of waiting) each.catch(() => {});
    await broker.sim.advance(50);
    const before = broker.sim.elapsedMs;
    await broker.stop();
    expect(broker.sim.elapsedMs - before).toBeLessThan(3_000);
  });
});
