import { apis } from '@nagare/protocol';
import { expect, test } from 'vitest';
import { SimBroker } from '../testing/sim-broker.ts';

test.each([1, -1])(
  'a producer that was answered with acks=%i finds what it sent, however slow the disk',
  async (acks) => {
    const broker = await SimBroker.start();
    await broker.createTopic('orders');
    broker.node.disk.faults.latencyMs = [50, 50];
    expect(await broker.produceTo('orders', ['a'], acks)).toMatchObject({ errorCode: 0, baseOffset: 0 });
    const { topics } = await broker.ask(apis.listOffsets, 3, {
      replicaId: -1,
      isolationLevel: 0,
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
    });
    expect(topics[0]?.partitions[0]).toMatchObject({ errorCode: 0, offset: 1 });
  },
);
