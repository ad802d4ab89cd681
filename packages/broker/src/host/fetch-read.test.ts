import { apis, errorCode } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { fetchRequest, SimBroker } from '../testing/sim-broker.ts';

describe('a segment that is taken away while it is read', () => {
  test('is out of range for its reader, who would skip it otherwise', async () => {
    const settings = { 'connections.max.idle.ms': -1, 'log.segment.bytes': 1_048_576 };
    const broker = await SimBroker.start({ settings });
    await broker.createTopic('orders');
    for (let count = 0; count < 9; count += 1) await broker.produce('orders', ['x'.repeat(350_000)]);
    // What is read after a start comes from the disk.
    await broker.restart();
    const other = await broker.connect('other');
    broker.node.disk.faults.latencyMs = [50, 50];
    const reading = broker.client.request(apis.fetch, 11, fetchRequest('orders', 0));
    await broker.sim.advance(20);
    const deleting = other.request(apis.deleteRecords, 2, {
      timeoutMs: 1_000,
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, offset: 6 }] }],
    });
    const { responses } = await broker.sim.complete(reading);
    expect(responses[0]?.partitions[0]).toMatchObject({ errorCode: errorCode.OFFSET_OUT_OF_RANGE });
    expect(responses[0]?.partitions[0]?.records ?? Buffer.alloc(0)).toHaveLength(0);
    expect((await broker.sim.complete(deleting)).topics[0]?.partitions[0]).toMatchObject({
      errorCode: 0,
      lowWatermark: 6,
    });
    expect((await broker.read('orders', 6)).values).toHaveLength(2);
  });
});
