import { createSimulation, type Simulation } from '@nagare/base/sim';
import { apis, readRecords, splitBatches } from '@nagare/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Broker, createBroker } from '../create-broker.ts';
import { batchOf } from '../testing/test-broker.ts';
import { WireClient } from '../testing/wire-client.ts';

const address = { host: 'broker', port: 9092 };
let sim: Simulation;
let broker: Broker;
let client: WireClient;

beforeEach(async () => {
  sim = createSimulation({ seed: 11 });
  await start();
});

/** Starts the broker, again on the same disk if there was one before. */
async function start(durability: 'fsync' | 'os' = 'fsync'): Promise<void> {
  const platform = sim.platform(address.host);
  broker = await sim.complete(createBroker({ platform, listen: address, directory: '/data', durability }));
  client = await sim.complete(WireClient.connect(sim.platform('client').network, address));
}

async function produce(topic: string, values: readonly string[], acks = -1): Promise<number> {
  const { responses } = await sim.complete(
    client.request(apis.produce, 9, {
      ...{ acks, timeoutMs: 1_000 },
      topicData: [{ name: topic, partitionData: [{ index: 0, records: batchOf(values, { timestampMs: 1 }) }] }],
    }),
  );
  return responses[0]?.partitionResponses[0]?.errorCode ?? -1;
}

async function read(topic: string, offset = 0) {
  const { responses } = await sim.complete(
    client.request(apis.fetch, 11, {
      ...{ maxWaitMs: 0, minBytes: 1 },
      topics: [{ topic, partitions: [{ partition: 0, fetchOffset: offset, partitionMaxBytes: 1_000_000 }] }],
    }),
  );
  const partition = responses[0]?.partitions[0];
  const batches = splitBatches(partition?.records ?? Buffer.alloc(0));
  const values = batches.flatMap((batch) => readRecords(batch).map(({ value }) => String(value)));
  return { values, errorCode: partition?.errorCode, logStartOffset: partition?.logStartOffset };
}

async function createTopic(name: string): Promise<string> {
  const topic = { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
  const { topics } = await sim.complete(client.request(apis.createTopics, 7, { timeoutMs: 1_000, topics: [topic] }));
  return topics[0]?.topicId ?? '';
}

async function topicIdOf(name: string): Promise<string | undefined> {
  const { topics } = await sim.complete(
    client.request(apis.metadata, 12, { topics: [{ name }], allowAutoTopicCreation: false }),
  );
  return topics[0]?.errorCode === 0 ? topics[0]?.topicId : undefined;
}

const ends = {
  'a clean stop': async () => {
    await sim.complete(broker.stop());
  },
  'a crash': async () => sim.platform(address.host).crash(),
  'a loss of power': async () => sim.platform(address.host).powerLoss(),
} as const;

describe.each(Object.entries(ends))('after %s', (_, end) => {
  test('topics keep their ids, and acknowledged records are there', async () => {
    const topicId = await createTopic('orders');
    for (let count = 0; count < 20; count += 1) expect(await produce('orders', [`v${count}`])).toBe(0);
    await end();
    await start();
    expect(await topicIdOf('orders')).toBe(topicId);
    expect((await read('orders')).values).toEqual(Array.from({ length: 20 }, (_value, index) => `v${index}`));
    expect(await produce('orders', ['next'])).toBe(0);
    expect((await read('orders', 20)).values).toEqual(['next']);
  });

  test('deleted records stay deleted', async () => {
    await createTopic('orders');
    for (const value of ['a', 'b', 'c']) await produce('orders', [value]);
    await sim.complete(
      client.request(apis.deleteRecords, 2, {
        timeoutMs: 1_000,
        topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, offset: 2 }] }],
      }),
    );
    await end();
    await start();
    expect(await read('orders', 2)).toMatchObject({ values: ['c'], logStartOffset: 2 });
    expect((await read('orders', 1)).errorCode).toBe(1);
  });

  test('a deleted topic stays deleted, and one of the same name is new', async () => {
    const first = await createTopic('orders');
    await produce('orders', ['old']);
    await sim.complete(client.request(apis.deleteTopics, 6, { timeoutMs: 1_000, topics: [{ name: 'orders' }] }));
    await end();
    await start();
    expect(await topicIdOf('orders')).toBeUndefined();
    expect(await createTopic('orders')).not.toBe(first);
    expect((await read('orders')).values).toEqual([]);
  });

  test('committed offsets of groups are there, and producer ids are new', async () => {
    await createTopic('orders');
    await sim.complete(client.request(apis.findCoordinator, 3, { key: 'g', keyType: 0 }), { simMsMax: 120_000 });
    const commit = await sim.complete(
      client.request(apis.offsetCommit, 8, {
        ...{ groupId: 'g', generationIdOrMemberEpoch: -1, memberId: '' },
        topics: [
          { name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 7, committedMetadata: 'seven' }] },
        ],
      }),
    );
    expect(commit.topics[0]?.partitions[0]?.errorCode).toBe(0);
    const producerId = () =>
      sim
        .complete(client.request(apis.initProducerId, 4, { transactionalId: null, transactionTimeoutMs: 1_000 }))
        .then((answer) => answer.producerId);
    const before = await producerId();
    await end();
    await start();
    const fetched = await sim.complete(
      client.request(apis.offsetFetch, 7, { groupId: 'g', topics: [{ name: 'orders', partitionIndexes: [0] }] }),
    );
    expect(fetched.topics[0]?.partitions[0]).toMatchObject({ committedOffset: 7, metadata: 'seven', errorCode: 0 });
    expect(await producerId()).toBeGreaterThan(before);
  });
});

describe('a disk that fails', () => {
  test('fences the log: no record is acknowledged after a write that failed', async () => {
    await createTopic('orders');
    expect(await produce('orders', ['kept'])).toBe(0);
    sim.platform(address.host).disk.failNext('write');
    expect(await produce('orders', ['lost'])).toBe(56);
    expect(await produce('orders', ['refused'])).toBe(56);
    sim.platform(address.host).crash();
    await start();
    expect((await read('orders')).values).toEqual(['kept']);
  });

  test('does not acknowledge what it could not sync, also when a second sync would succeed', async () => {
    await createTopic('orders');
    expect(await produce('orders', ['kept'])).toBe(0);
    sim.platform(address.host).disk.failNext('sync');
    expect(await produce('orders', ['unsynced'])).toBe(56);
    expect(await produce('orders', ['refused'])).toBe(56);
  });
});

test('durability=os keeps acknowledged records over a crash of the process', async () => {
  await sim.complete(broker.stop());
  await start('os');
  await createTopic('orders');
  for (let count = 0; count < 20; count += 1) expect(await produce('orders', [`v${count}`], 1)).toBe(0);
  sim.platform(address.host).crash();
  await start('os');
  expect((await read('orders')).values).toHaveLength(20);
});
