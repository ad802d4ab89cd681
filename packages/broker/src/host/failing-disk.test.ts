import { apis, errorCode } from '@nagare/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { configsOf, produceRequest, SimBroker } from '../testing/sim-broker.ts';

let broker: SimBroker;
beforeEach(async () => {
  broker = await SimBroker.start();
  await broker.createTopic('orders');
});

const newTopic = (name: string) => ({ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] });

describe('a log of metadata that cannot be written', () => {
  beforeEach(async () => {
    broker.node.disk.failNext('write', 'ENOSPC');
    await broker.createTopic('lost');
  });

  test('lets no topic be created, deleted or changed, and says so', async () => {
    const { topics } = await broker.ask(apis.createTopics, 7, { timeoutMs: 1_000, topics: [newTopic('more')] });
    expect(topics[0]).toMatchObject({ name: 'more', errorCode: errorCode.KAFKA_STORAGE_ERROR });
    expect(await broker.deleteTopic('orders')).toBe(errorCode.KAFKA_STORAGE_ERROR);
    const partitions = await broker.ask(apis.createPartitions, 3, {
      ...{ timeoutMs: 1_000, validateOnly: false },
      topics: [{ name: 'orders', count: 3, assignments: null }],
    });
    expect(partitions.results[0]?.errorCode).toBe(errorCode.KAFKA_STORAGE_ERROR);
    const resource = { resourceType: 2, resourceName: 'orders' };
    const altered = await broker.ask(apis.alterConfigs, 2, {
      ...{ resources: [{ ...resource, configs: configsOf({ 'retention.ms': '1' }) }], validateOnly: false },
    });
    expect(altered.responses[0]).toMatchObject({ ...resource, errorCode: errorCode.KAFKA_STORAGE_ERROR });
    const incremental = await broker.ask(apis.incrementalAlterConfigs, 1, {
      resources: [{ ...resource, configs: [{ name: 'retention.ms', configOperation: 0, value: '1' }] }],
      validateOnly: false,
    });
    expect(incremental.responses[0]).toMatchObject({ ...resource, errorCode: errorCode.KAFKA_STORAGE_ERROR });
  });

  test('lets clients that create what they name try again', async () => {
    const { topics } = await broker.ask(apis.metadata, 12, {
      topics: [{ name: 'new' }, { name: 'orders' }],
      allowAutoTopicCreation: true,
    });
    expect(topics.map((topic) => topic.errorCode)).toEqual([errorCode.UNKNOWN_TOPIC_OR_PARTITION, 0]);
    const coordinator = await broker.ask(apis.findCoordinator, 3, { key: 'g', keyType: 0 });
    expect(coordinator.errorCode).toBe(errorCode.COORDINATOR_NOT_AVAILABLE);
    const producer = { transactionalId: null, transactionTimeoutMs: 1_000 };
    expect((await broker.ask(apis.initProducerId, 4, producer)).errorCode).toBe(errorCode.COORDINATOR_LOAD_IN_PROGRESS);
  });

  test('leaves records to be produced and consumed, and the broker stops and starts as always', async () => {
    expect(await broker.produce('orders', ['a'])).toBe(0);
    expect((await broker.read('orders')).values).toEqual(['a']);
    await broker.stop();
    await broker.start();
    expect((await broker.read('orders')).values).toEqual(['a']);
    const { topics } = await broker.ask(apis.metadata, 12, {
      topics: [{ name: 'lost' }],
      allowAutoTopicCreation: true,
    });
    expect(topics[0]?.errorCode).toBe(0);
  });
});

describe('a disk that is full', () => {
  test('keeps what was acknowledged, of topics and of groups, and takes more when there is room again', async () => {
    await broker.ask(apis.findCoordinator, 3, { key: 'g', keyType: 0 });
    const commit = async (offset: number) => {
      const { topics } = await broker.ask(apis.offsetCommit, 8, {
        ...{ groupId: 'g', generationIdOrMemberEpoch: -1, memberId: '' },
        topics: [
          { name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: offset, committedMetadata: '' }] },
        ],
      });
      return topics[0]?.partitions[0]?.errorCode;
    };
    const committed = async () => {
      const asked = { groupId: 'g', topics: [{ name: 'orders', partitionIndexes: [0] }] };
      const { topics, errorCode: code } = await broker.ask(apis.offsetFetch, 7, asked);
      return code === 0 ? topics[0]?.partitions[0]?.committedOffset : code;
    };
    expect(await broker.produce('orders', ['kept'])).toBe(0);
    expect(await commit(1)).toBe(0);
    broker.node.disk.faults.bytesMax = 0;
    expect(await broker.produce('orders', ['lost'])).toBe(errorCode.KAFKA_STORAGE_ERROR);
    expect(await commit(2)).toBe(errorCode.NOT_COORDINATOR);
    // Its log is read again, and what it could not keep is not told of.
    await broker.sim.advance(1_000);
    expect(await committed()).toBe(1);
    expect((await broker.read('orders')).errorCode).toBe(errorCode.KAFKA_STORAGE_ERROR);
    await broker.stop();
    broker.node.disk.faults.bytesMax = Number.POSITIVE_INFINITY;
    await broker.start();
    expect((await broker.read('orders')).values).toEqual(['kept']);
    await broker.ask(apis.findCoordinator, 3, { key: 'g', keyType: 0 });
    expect(await committed()).toBe(1);
    expect(await broker.produce('orders', ['next'])).toBe(0);
    expect(await commit(2)).toBe(0);
  });
});

describe('a disk that cannot be read', () => {
  beforeEach(async () => {
    await broker.produce('orders', ['a']);
    await broker.stop();
    await broker.start();
  });

  test('is an error of the partition, not of the connection', async () => {
    broker.node.disk.failNext('read');
    expect((await broker.read('orders')).errorCode).toBe(errorCode.KAFKA_STORAGE_ERROR);
    expect((await broker.read('orders')).values).toEqual(['a']);
    broker.node.disk.failNext('read');
    const list = () =>
      broker.ask(apis.listOffsets, 7, {
        replicaId: -1,
        topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, timestamp: 1 }] }],
      });
    expect((await list()).topics[0]?.partitions[0]?.errorCode).toBe(errorCode.KAFKA_STORAGE_ERROR);
    expect((await list()).topics[0]?.partitions[0]).toMatchObject({ errorCode: 0, offset: 0 });
  });
});

test('deleted records that could not be written down as deleted are no success', async () => {
  await broker.produce('orders', ['a']);
  broker.node.disk.failNext('write', 'ENOSPC');
  const { topics } = await broker.ask(apis.deleteRecords, 2, {
    timeoutMs: 1_000,
    topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, offset: 1 }] }],
  });
  expect(topics[0]?.partitions[0]?.errorCode).toBe(errorCode.KAFKA_STORAGE_ERROR);
});

test('a disk that fails while the broker stops does not keep it from stopping', async () => {
  const waiting = broker.client.request(apis.produce, 9, produceRequest('orders', ['a'], { sim: broker.sim }));
  waiting.catch(() => {});
  broker.node.disk.faults.bytesMax = 0;
  await broker.stop();
  broker.node.disk.faults.bytesMax = Number.POSITIVE_INFINITY;
  await broker.start();
  expect((await broker.read('orders')).values).toEqual([]);
});
