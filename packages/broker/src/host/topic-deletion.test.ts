import { apis, errorCode } from '@nagare/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { dataDirectory, fetchRequest, produceRequest, SimBroker } from '../testing/sim-broker.ts';

let broker: SimBroker;
beforeEach(async () => {
  broker = await SimBroker.start();
  await broker.createTopic('orders');
});

describe('a topic that is deleted', () => {
  test('ends the fetch that waits for its records, and tells why', async () => {
    const reader = await broker.connect('reader');
    const waiting = reader.request(apis.fetch, 11, fetchRequest('orders', 0, 30_000));
    await broker.sim.advance(50);
    const before = broker.sim.elapsedMs;
    await broker.deleteTopic('orders');
    const { responses } = await broker.sim.complete(waiting);
    expect(responses[0]?.partitions[0]?.errorCode).toBe(errorCode.UNKNOWN_TOPIC_OR_PARTITION);
    expect(broker.sim.elapsedMs - before).toBeLessThan(5_000);
  });

  test('ends the fetch that reads its files while they go away', async () => {
    for (let count = 0; count < 20; count += 1) await broker.produce('orders', ['x'.repeat(500_000)]);
    const reader = await broker.connect('reader');
    for (let offset = 0; offset < 4; offset += 1) {
      broker.node.disk.faults.latencyMs = [5, 20];
      const reading = reader.request(apis.fetch, 11, fetchRequest('orders', offset));
      await broker.sim.advance(offset * 5);
      await broker.deleteTopic('orders');
      const { responses } = await broker.sim.complete(reading);
      const { records, errorCode: code } = responses[0]!.partitions[0]!;
      expect(code === 0 ? (records?.length ?? 0) > 500_000 : code).toBe(code === 0 ? true : 3);
      broker.node.disk.faults.latencyMs = [0.01, 0.1];
      await broker.createTopic('orders');
      for (let count = 0; count < 20; count += 1) await broker.produce('orders', ['x'.repeat(500_000)]);
    }
  });

  test('ends the produce that waits for the disk', async () => {
    broker.node.disk.faults.syncMs = [500, 500];
    const producer = await broker.connect('producer');
    const waiting = producer.request(apis.produce, 9, produceRequest('orders', ['a'], { sim: broker.sim }));
    await broker.sim.advance(20);
    await broker.deleteTopic('orders');
    const { responses } = await broker.sim.complete(waiting);
    expect(responses[0]?.partitionResponses[0]?.errorCode).toBe(errorCode.UNKNOWN_TOPIC_OR_PARTITION);
  });

  test('leaves its successor of the same name alone, whatever was under way', async () => {
    const producer = await broker.connect('producer');
    for (let round = 0; round < 10; round += 1) {
      broker.node.disk.faults.syncMs = [20, 60];
      const waiting = [0, 1, 2].map((each) =>
        producer.request(apis.produce, 9, produceRequest('orders', [`old ${each}`], { sim: broker.sim })),
      );
      await broker.sim.advance(round * 4);
      await broker.deleteTopic('orders');
      await broker.createTopic('orders');
      expect(await broker.produce('orders', [`new ${round}`])).toBe(0);
      await broker.sim.complete(Promise.all(waiting));
      expect((await broker.read('orders')).values).toContain(`new ${round}`);
      await broker.sim.advance(200);
    }
    await broker.restart();
    expect((await broker.read('orders')).values).toContain('new 9');
    expect(await broker.produce('orders', ['next'])).toBe(0);
  });

  test('leaves no file when file.delete.delay.ms has passed', async () => {
    await broker.createTopic('short', { 'file.delete.delay.ms': '1000' });
    await broker.produce('short', ['a']);
    const folders = async () => (await broker.sim.complete(broker.node.disk.list(dataDirectory))).join(' ');
    expect(await folders()).toContain('short-0');
    await broker.deleteTopic('short');
    expect(await folders()).toContain('-delete');
    await broker.sim.advance(130_000);
    expect(await folders()).not.toContain('-delete');
  });

  test('is asked for its offsets in vain', async () => {
    await broker.produce('orders', ['a']);
    await broker.deleteTopic('orders');
    const { topics } = await broker.ask(apis.listOffsets, 7, {
      replicaId: -1,
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, timestamp: 0 }] }],
    });
    expect(topics[0]?.partitions[0]?.errorCode).toBe(errorCode.UNKNOWN_TOPIC_OR_PARTITION);
  });

  test('takes the offsets of groups with it', async () => {
    await broker.ask(apis.findCoordinator, 3, { key: 'g', keyType: 0 });
    await broker.ask(apis.offsetCommit, 8, {
      ...{ groupId: 'g', generationIdOrMemberEpoch: -1, memberId: '' },
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 7, committedMetadata: '' }] }],
    });
    await broker.deleteTopic('orders');
    await broker.createTopic('orders');
    const { topics } = await broker.ask(apis.offsetFetch, 7, {
      groupId: 'g',
      topics: [{ name: 'orders', partitionIndexes: [0] }],
    });
    expect(topics[0]?.partitions[0]?.committedOffset).toBe(-1);
  });
});
