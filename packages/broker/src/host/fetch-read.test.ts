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

describe('partitions of one request', () => {
  const topics = ['a', 'b', 'c', 'd'];

  async function onDisk(): Promise<SimBroker> {
    const broker = await SimBroker.start({ settings: { 'connections.max.idle.ms': -1 } });
    for (const topic of topics) {
      await broker.createTopic(topic);
      await broker.produce(topic, [topic.repeat(1_000)]);
    }
    // What is read after a start comes from the disk.
    await broker.restart();
    return broker;
  }

  async function fetchAll(broker: SimBroker, maxBytes: number) {
    broker.node.disk.faults.latencyMs = [50, 50];
    const asked = {
      maxWaitMs: 0,
      minBytes: 1,
      maxBytes,
      topics: topics.flatMap((topic) => fetchRequest(topic, 0).topics),
    };
    const before = broker.sim.elapsedMs;
    const { responses } = await broker.sim.complete(broker.client.request(apis.fetch, 11, asked));
    const bytes = responses.map(({ partitions }) => partitions[0]?.records?.length ?? 0);
    return { names: responses.map(({ topic }) => topic), bytes, ms: broker.sim.elapsedMs - before };
  }

  test('are read at the same time when all of them fit', async () => {
    const { names, bytes, ms } = await fetchAll(await onDisk(), 10_000_000);
    expect(names).toEqual(topics);
    for (const each of bytes) expect(each).toBeGreaterThan(1_000);
    expect(ms).toBeLessThan(100);
  });

  test('are read one after the other when one may take the room of the next', async () => {
    const { names, bytes } = await fetchAll(await onDisk(), 1_500);
    expect(names).toEqual(topics);
    expect(bytes.map((each) => each > 0)).toEqual([true, false, false, false]);
  });
});
