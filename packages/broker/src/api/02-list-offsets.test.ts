import { apis, errorCode } from '@nagare/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { batchOf, startTestBroker, type TestBroker } from '../testing/test-broker.ts';
import { TxnProducer } from '../testing/txn-producer.ts';

let kit: TestBroker;
beforeEach(async () => {
  kit = await startTestBroker();
  await kit.createTopic('orders');
  for (const timestampMs of [1_000, 2_000, 1_500]) {
    await kit.client.request(apis.produce, 9, {
      ...{ acks: -1, timeoutMs: 1_000 },
      topicData: [{ name: 'orders', partitionData: [{ index: 0, records: batchOf(['a', 'b'], { timestampMs }) }] }],
    });
  }
});
afterEach(() => kit[Symbol.asyncDispose]());

interface Asked {
  readonly version?: number;
  readonly partition?: number;
  readonly epoch?: number;
  readonly isReadCommitted?: boolean;
}

async function list(timestamp: number, more: Asked = {}) {
  const { version = 7, partition = 0, epoch = -1, isReadCommitted = false } = more;
  const { topics } = await kit.client.request(apis.listOffsets, version, {
    replicaId: -1,
    isolationLevel: isReadCommitted ? 1 : 0,
    topics: [{ name: 'orders', partitions: [{ partitionIndex: partition, currentLeaderEpoch: epoch, timestamp }] }],
  });
  return topics[0]?.partitions[0];
}

describe('ListOffsets', () => {
  test.each([
    ['the end', -1, 6, -1],
    ['the start', -2, 0, -1],
    ['the greatest timestamp', -3, 3, 2_001],
    ['the first record of a time or later', 1_001, 1, 1_001],
    ['a time between batches', 1_002, 2, 2_000],
    ['a time after all records', 2_002, -1, -1],
  ])('finds %s', async (_, timestamp, offset, found) => {
    expect(await list(timestamp)).toMatchObject({ errorCode: 0, offset, timestamp: found });
  });

  test('tells a reader of committed records of nothing behind the earliest open transaction', async () => {
    const producer = await TxnProducer.start(kit.client, { transactionalId: 'open' });
    await producer.write('orders', ['open']);
    expect(await list(-1)).toMatchObject({ errorCode: 0, offset: 7 });
    expect(await list(-1, { isReadCommitted: true })).toMatchObject({ errorCode: 0, offset: 6 });
    expect(await producer.end(true)).toBe('NONE');
    await expect.poll(async () => (await list(-1, { isReadCommitted: true }))?.offset).toBe(8);
  });

  test.each([1, 2, 4, 6, 10])('v%i answers', async (version) => {
    expect(await list(-1, { version })).toMatchObject({ errorCode: 0, offset: 6 });
  });

  test('answers errors for a partition that does not exist, an epoch of the future, and a time that means nothing', async () => {
    expect(await list(-1, { partition: 5 })).toMatchObject({ errorCode: errorCode.UNKNOWN_TOPIC_OR_PARTITION });
    expect(await list(-1, { epoch: 99 })).toMatchObject({ errorCode: errorCode.UNKNOWN_LEADER_EPOCH });
    expect(await list(-99)).toMatchObject({ errorCode: errorCode.UNSUPPORTED_VERSION });
  });

  test.each([
    [-3, 6, errorCode.UNSUPPORTED_VERSION],
    [-3, 7, errorCode.NONE],
    [-4, 7, errorCode.UNSUPPORTED_VERSION],
    [-4, 8, errorCode.NONE],
    [-5, 8, errorCode.UNSUPPORTED_VERSION],
    [-5, 9, errorCode.NONE],
    [-6, 10, errorCode.UNSUPPORTED_VERSION],
  ])('answers the time %i in version %i', async (timestamp, version, code) => {
    expect(await list(timestamp, { version })).toMatchObject({ errorCode: code });
  });

  test('does not take ever longer for long requests', async () => {
    const partitions = Array.from({ length: 40_000 }, (_, index) => ({ partitionIndex: index, timestamp: -1 }));
    const startMs = performance.now();
    const { topics } = await kit.client.request(apis.listOffsets, 7, {
      replicaId: -1,
      topics: [{ name: 'orders', partitions }],
    });
    expect(topics[0]?.partitions.slice(0, 2).map((one) => one.errorCode)).toEqual([0, 3]);
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });

  test('refuses a partition that is asked for twice', async () => {
    const asked = { partitionIndex: 0, timestamp: -1 };
    const { topics } = await kit.client.request(apis.listOffsets, 7, {
      replicaId: -1,
      topics: [{ name: 'orders', partitions: [asked, asked] }],
    });
    expect(topics[0]?.partitions.map((one) => one.errorCode)).toEqual([42, 42]);
  });
});
