import {
  apis,
  compressionCodec,
  encodeBatch,
  errorCode,
  isLogAppendTime,
  prepareCompression,
  splitBatches,
} from '@nagare/protocol';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dataDirectory, fetchRequest, SimBroker } from '../testing/sim-broker.ts';

const hourMs = 3_600_000;
let broker: SimBroker;

// Its module loads in real time, which a simulation does not wait for.
beforeAll(() => prepareCompression(['zstd']));

beforeEach(async () => {
  broker = await SimBroker.start({ settings: { 'connections.max.idle.ms': -1 } });
});

/** The files of partition 0 of `orders` with an extension. */
async function files(extension: string): Promise<string[]> {
  const names = await broker.sim.complete(broker.node.disk.list(`${dataDirectory}/orders-0`));
  return names.filter((name) => name.endsWith(extension));
}

/** Sets configs of `orders` while it is in use, and gives the error. */
async function change(configs: Readonly<Record<string, string>>): Promise<number | undefined> {
  const { responses } = await broker.ask(apis.incrementalAlterConfigs, 1, {
    resources: [
      {
        ...{ resourceType: 2, resourceName: 'orders' },
        configs: Object.entries(configs).map(([name, value]) => ({ name, configOperation: 0, value })),
      },
    ],
    validateOnly: false,
  });
  return responses[0]?.errorCode;
}

/** A batch whose records are of a time relative to now. */
function batchAt(ageMs: number, options: Parameters<typeof encodeBatch>[0] = {}, values = ['a', 'b']): Buffer {
  const timestamp = broker.node.clock.nowMs() - ageMs;
  return encodeBatch(
    options,
    values.map((value, index) => ({
      timestamp: timestamp + index,
      key: Buffer.from(value),
      value: Buffer.from(value),
    })),
  );
}

async function storedBatches(): Promise<Buffer[]> {
  const { responses } = await broker.ask(apis.fetch, 11, fetchRequest('orders', 0));
  return splitBatches(responses[0]?.partitions[0]?.records ?? Buffer.alloc(0));
}

/** About a third of a segment of the smallest size. */
const large = 'x'.repeat(350_000);

describe('retention', () => {
  test('by time takes whole segments away, and their files when the delay has passed', async () => {
    await broker.createTopic('orders', { 'segment.bytes': '1048576', 'retention.ms': `${hourMs}` });
    for (let count = 0; count < 7; count += 1) await broker.produce('orders', [large]);
    expect(await files('.log')).toHaveLength(4);
    await broker.sim.advance(hourMs / 2);
    await broker.produce('orders', [large]);
    await broker.sim.advance(hourMs / 2 + 310_000);
    expect((await broker.read('orders', 0)).errorCode).toBe(errorCode.OFFSET_OUT_OF_RANGE);
    const rest = await broker.read('orders', 6);
    expect([rest.values.length, rest.logStartOffset]).toEqual([2, 6]);
    expect((await files('.deleted')).length).toBeGreaterThan(0);
    await broker.sim.advance(310_000);
    expect(await files('.deleted')).toEqual([]);
    expect(await files('.log')).toEqual(['00000000000000000006.log']);
    // The active segment goes, too, when it is old; a new one begins where it ended.
    await broker.sim.advance(2 * hourMs);
    expect(await files('.log')).toEqual(['00000000000000000008.log']);
    expect(await broker.produce('orders', ['next'])).toBe(0);
    await broker.restart();
    expect(await broker.read('orders', 8)).toMatchObject({ values: ['next'], logStartOffset: 8 });
  });

  test('by size keeps at least as much as it says', async () => {
    await broker.createTopic('orders', { 'segment.bytes': '1048576', 'retention.bytes': '1500000' });
    for (let count = 0; count < 10; count += 1) await broker.produce('orders', [large]);
    await broker.sim.advance(310_000);
    expect((await broker.read('orders', 4)).logStartOffset).toBe(4);
    expect((await broker.read('orders', 3)).errorCode).toBe(errorCode.OFFSET_OUT_OF_RANGE);
  });

  test('changes while the topic is in use', async () => {
    await broker.createTopic('orders');
    await broker.produce('orders', ['a']);
    await broker.sim.advance(2 * hourMs);
    expect((await broker.read('orders')).values).toEqual(['a']);
    expect(await change({ 'retention.ms': `${hourMs}`, 'file.delete.delay.ms': '0' })).toBe(0);
    await broker.sim.advance(310_000);
    expect((await broker.read('orders')).errorCode).toBe(errorCode.OFFSET_OUT_OF_RANGE);
    expect(await files('.log')).toEqual(['00000000000000000001.log']);
  });
});

describe('a segment', () => {
  test('ends when it is old, by the time of the records', async () => {
    await broker.createTopic('orders', { 'segment.ms': `${hourMs}` });
    await broker.produce('orders', ['a']);
    await broker.sim.advance(hourMs + 1_000);
    await broker.produce('orders', ['b']);
    expect(await files('.log')).toHaveLength(2);
    expect((await broker.read('orders')).values).toEqual(['a', 'b']);
    await broker.stop();
    await broker.start();
    expect((await broker.read('orders')).values).toEqual(['a']);
    expect((await broker.read('orders', 1)).values).toEqual(['b']);
  });
});

describe('the limits of a topic', () => {
  beforeEach(() => broker.createTopic('orders').then(() => {}));

  test('max.message.bytes holds at once when it changes', async () => {
    expect(await broker.produce('orders', ['x'.repeat(2_000)])).toBe(0);
    expect(await change({ 'max.message.bytes': '1000' })).toBe(0);
    expect(await broker.produce('orders', ['x'.repeat(2_000)])).toBe(errorCode.MESSAGE_TOO_LARGE);
    expect(await broker.produce('orders', ['x'])).toBe(0);
  });

  test('timestamps too far in the past or the future are refused, record by record', async () => {
    await change({ 'message.timestamp.before.max.ms': '60000' });
    for (const ageMs of [61_000, -hourMs - 1_000]) {
      const refused = await broker.produceTo('orders', batchAt(ageMs));
      expect(refused).toMatchObject({ errorCode: errorCode.INVALID_TIMESTAMP, baseOffset: -1 });
      expect(refused.recordErrors?.map(({ batchIndex }) => batchIndex)).toEqual([0, 1]);
    }
    expect(await broker.produce('orders', batchAt(59_000))).toBe(0);
    expect(await broker.produce('orders', batchAt(-hourMs + 1_000))).toBe(0);
  });

  test('a compacted topic takes no record without a key, compressed or not', async () => {
    await change({ 'cleanup.policy': 'compact' });
    const timestamp = broker.node.clock.nowMs();
    for (const compression of ['none', 'gzip', 'snappy', 'lz4'] as const) {
      const records = ['k', null, 'l'].map((key) => ({ timestamp, key: key && Buffer.from(key), value: null }));
      const refused = await broker.produceTo('orders', encodeBatch({ compression }, records as never));
      expect(refused.errorCode).toBe(errorCode.INVALID_RECORD);
      expect(refused.recordErrors).toMatchObject([{ batchIndex: 1 }]);
      expect(refused.errorMessage).toContain('key');
    }
    expect(await broker.produce('orders', batchAt(0))).toBe(0);
  });
});

describe('message.timestamp.type=LogAppendTime', () => {
  test('gives all records the time of the append, and they are found by it', async () => {
    await broker.createTopic('orders', { 'message.timestamp.type': 'LogAppendTime' });
    const before = broker.node.clock.nowMs();
    for (const compression of ['none', 'gzip'] as const) {
      await broker.sim.advance(1_000);
      const answer = await broker.produceTo('orders', batchAt(10 * hourMs, { compression }));
      expect(answer.logAppendTimeMs).toBeGreaterThanOrEqual(before + 1_000);
      expect(answer.logAppendTimeMs).toBeLessThanOrEqual(broker.node.clock.nowMs());
    }
    const { records } = await broker.read('orders');
    expect(new Set(records.map(({ timestamp }) => timestamp)).size).toBe(2);
    expect(Math.min(...records.map(({ timestamp }) => timestamp))).toBeGreaterThanOrEqual(before);
    for (const batch of await storedBatches()) expect(isLogAppendTime(batch)).toBe(true);
    const { topics } = await broker.ask(apis.listOffsets, 7, {
      replicaId: -1,
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, timestamp: before + 1_500 }] }],
    });
    expect(topics[0]?.partitions[0]?.offset).toBe(2);
    await broker.restart();
    expect((await broker.read('orders')).values).toEqual(['a', 'b', 'a', 'b']);
  });

  test('refuses a client that claims to have done so, and a topic of the other kind takes that back', async () => {
    await broker.createTopic('orders', { 'message.timestamp.type': 'LogAppendTime' });
    const claimed = () => batchAt(0, { logAppendTimeMs: broker.node.clock.nowMs() });
    expect(await broker.produce('orders', claimed())).toBe(errorCode.INVALID_TIMESTAMP);
    await change({ 'message.timestamp.type': 'CreateTime' });
    expect(await broker.produce('orders', claimed())).toBe(0);
    expect((await storedBatches()).map((batch) => isLogAppendTime(batch))).toEqual([false]);
  });
});

describe('compression.type', () => {
  const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

  test.each(['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'] as const)(
    '%s is what batches are stored with',
    async (type) => {
      await broker.createTopic('orders', { 'compression.type': type });
      const sent = codecs.filter((codec) => codec !== 'zstd');
      for (const compression of sent) {
        expect(
          await broker.produce(
            'orders',
            batchAt(0, { compression, producerId: 7, producerEpoch: 0, baseSequence: 2 * sent.indexOf(compression) }),
          ),
        ).toBe(0);
      }
      const batches = await storedBatches();
      expect(batches.map((batch) => compressionCodec(batch))).toEqual(
        sent.map(() => (type === 'uncompressed' ? 'none' : type)),
      );
      expect((await broker.read('orders')).values).toEqual(sent.flatMap(() => ['a', 'b']));
      // The producer is remembered as without it: a retry is none.
      const retried = batchAt(0, { compression: 'lz4', producerId: 7, producerEpoch: 0, baseSequence: 6 });
      expect(await broker.produceTo('orders', retried)).toMatchObject({ errorCode: 0, baseOffset: 6 });
      await broker.restart();
      expect((await broker.read('orders')).values).toHaveLength(8);
    },
  );
});

describe('the level of a codec', () => {
  test.each([
    ['gzip', 1, 9],
    ['zstd', -50, 19],
  ] as const)('of %s is what the topic says', async (type, low, high) => {
    const value = Array.from({ length: 3000 }, (_, index) => `${index % 7}${(index * index) % 97}`).join(' ');
    const bytesAt = async (level: number) => {
      const configs = { 'compression.type': type, [`compression.${type}.level`]: `${level}` };
      const topic = `level${level}`;
      await broker.createTopic(topic, configs);
      await broker.produce(topic, [value]);
      const { responses } = await broker.ask(apis.fetch, 11, fetchRequest(topic, 0));
      return responses[0]!.partitions[0]!.records!.length;
    };
    expect(await bytesAt(high)).toBeLessThan(await bytesAt(low));
  });
});

describe('flush.messages', () => {
  test('syncs what durability=os leaves to the system', async () => {
    broker = await SimBroker.start({ durability: 'os' });
    await broker.createTopic('orders', { 'flush.messages': '4' });
    for (let count = 0; count < 5; count += 1) await broker.produce('orders', [`v${count}`], 1);
    await broker.sim.advance(100);
    broker.node.powerLoss();
    await broker.start();
    expect((await broker.read('orders')).values.slice(0, 4)).toEqual(['v0', 'v1', 'v2', 'v3']);
  });
});
