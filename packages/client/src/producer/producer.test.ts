import { createSimulation, type Simulation } from '@nagare/base/sim';
import { errorCode } from '@nagare/protocol';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createClient } from '../client.ts';
import { ClientError } from '../errors.ts';
import type { BatchDelivery, ProducerOptions, RecordMetadata } from '../producer.ts';
import { type Interference, ScriptedCluster } from '../testing/scripted-cluster.ts';

interface World {
  readonly sim: Simulation;
  readonly cluster: ScriptedCluster;
  client: ReturnType<typeof createClient>;
}

async function world(
  options: { seed?: number; topics?: Record<string, number>; brokers?: number } = {},
): Promise<World> {
  const sim = createSimulation({ seed: options.seed ?? 1 });
  const platform = sim.platform('broker');
  const topics = options.topics ?? { orders: 1 };
  const cluster = await sim.complete(ScriptedCluster.start({ platform, topics, brokers: options.brokers ?? 1 }));
  const client = createClient({ brokers: cluster, platform: sim.platform('client') });
  return { sim, cluster, client };
}

const simMsMax = 600_000;

describe('a producer', () => {
  test('tells where the records of a send went', async () => {
    const { sim, client } = await world();
    const producer = client.producer();
    const messages = [{ value: 'a' }, { value: 'b' }, { value: 'c' }];
    const first = await sim.complete(producer.send({ topic: 'orders', messages }));
    const second = await sim.complete(producer.send({ topic: 'orders', messages: [{ value: 'd' }] }));
    expect(first).toEqual([{ topic: 'orders', partition: 0, baseOffset: 0, count: 3, logAppendTimeMs: -1 }]);
    expect(second).toEqual([{ topic: 'orders', partition: 0, baseOffset: 3, count: 1, logAppendTimeMs: -1 }]);
    await sim.complete(producer.close());
  });

  test('sends what lingers in one request', async () => {
    const { sim, cluster, client } = await world();
    const producer = client.producer({ lingerMs: 50 });
    await sim.complete(producer.send({ topic: 'orders', messages: [{ value: 'first' }] }));
    const sends = Array.from({ length: 20 }, (_, index) =>
      producer.send({ topic: 'orders', messages: [{ value: `${index}` }] }),
    );
    await sim.complete(Promise.all(sends));
    expect(cluster.requests.filter(({ api }) => api === 'Produce')).toHaveLength(2);
  });

  test('puts a key where Java puts it', async () => {
    const { sim, cluster, client } = await world({ topics: { orders: 7 } });
    const producer = client.producer();
    const keys = ['21', 'foobar', 'a-little-bit-long-string', 'a-little-bit-longer-string', '21'];
    await sim.complete(producer.send({ topic: 'orders', messages: keys.map((key) => ({ key, value: key })) }));
    // By Utils.toPositive(Utils.murmur2(key)) % 7 of the Java client.
    const placed = cluster.partitions.get('orders')?.map((partition) => partition.values());
    expect(placed).toEqual([[keys[1], keys[3]], [keys[2]], [], [keys[0], keys[4]], [], [], []]);
  });

  test('stays with a partition for a batch’s worth of records without a key', async () => {
    const { sim, cluster, client } = await world({ topics: { orders: 3 } });
    const producer = client.producer({ batchBytesMax: 2_000 });
    const messages = Array.from({ length: 90 }, () => ({ value: 'x'.repeat(100) }));
    await sim.complete(producer.send({ topic: 'orders', messages }));
    const counts = cluster.partitions.get('orders')?.map((partition) => partition.endOffset) ?? [];
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(90);
    expect(counts.filter((count) => count > 0).length).toBeGreaterThan(1);
    const batches = cluster.requests.filter(({ api }) => api === 'Produce').length;
    expect(batches).toBeLessThan(15);
  });

  test('rejects a send whose record is larger than a request may be', async () => {
    const { sim, client } = await world();
    const producer = client.producer({ requestBytesMax: 1_000 });
    const sending = producer.send({ topic: 'orders', messages: [{ value: 'x'.repeat(2_000) }] });
    await expect(sim.complete(sending)).rejects.toMatchObject({ code: 'NAGARE_CLIENT_RECORD_TOO_LARGE' });
  });

  test.each([
    ['a partition that the topic does not have', { value: 'x', partition: 1 }, RangeError],
    ['a partition that is no number of one', { value: 'x', partition: 0.5 }, RangeError],
    ['a timestamp that is no whole number', { value: 'x', timestamp: Number.NaN }, RangeError],
    ['a value that is neither text nor bytes', { value: 5 as unknown as string }, TypeError],
  ])('rejects a send with %s', async (_what, message, error) => {
    const { sim, cluster, client } = await world();
    const sending = client.producer().send({ topic: 'orders', messages: [message] });
    await expect(sim.complete(sending)).rejects.toBeInstanceOf(error);
    expect(cluster.partition('orders', 0).endOffset).toBe(0);
  });

  test('rejects a send with what the broker refused', async () => {
    const { sim, cluster, client } = await world();
    cluster.interfere = (api) => (api === 'Produce' ? { errorCode: errorCode.TOPIC_AUTHORIZATION_FAILED } : undefined);
    const sending = client.producer().send({ topic: 'orders', messages: [{ value: 'x' }] });
    await expect(sim.complete(sending)).rejects.toMatchObject({
      kafka: 'TOPIC_AUTHORIZATION_FAILED',
      retriable: false,
    });
  });

  test('goes on after a refusal without a gap in its sequence', async () => {
    const { sim, cluster, client } = await world();
    const producer = client.producer();
    const send = (value: string) => sim.complete(producer.send({ topic: 'orders', messages: [{ value }] }));
    await send('a');
    cluster.interfere = (api) => (api === 'Produce' ? { errorCode: errorCode.INVALID_RECORD } : undefined);
    await expect(send('b')).rejects.toBeInstanceOf(ClientError);
    cluster.interfere = () => undefined;
    const produced = cluster.requests.length;
    await send('c');
    expect(cluster.partition('orders', 0).values()).toEqual(['a', 'c']);
    expect(cluster.requests.slice(produced).map(({ api }) => api)).toEqual(['Produce']);
  });

  test('gives a record up after the delivery timeout', async () => {
    const { sim, cluster, client } = await world();
    cluster.interfere = (api) => (api === 'Produce' ? { errorCode: errorCode.NOT_ENOUGH_REPLICAS } : undefined);
    const producer = client.producer({ deliveryTimeoutMs: 3_000 });
    const sending = producer.send({ topic: 'orders', messages: [{ value: 'x' }] });
    await expect(sim.complete(sending, { simMsMax })).rejects.toMatchObject({ code: 'NAGARE_CLIENT_DELIVERY_TIMEOUT' });
    expect(sim.elapsedMs).toBeLessThan(4_000);
  });

  test('follows a partition to its new leader', async () => {
    const { sim, cluster, client } = await world({ brokers: 2 });
    const producer = client.producer();
    await sim.complete(producer.send({ topic: 'orders', messages: [{ value: 'a' }] }));
    cluster.partition('orders', 0).leader = 2;
    cluster.partition('orders', 0).leaderEpoch = 1;
    await sim.complete(producer.send({ topic: 'orders', messages: [{ value: 'b' }] }));
    expect(cluster.partition('orders', 0).values()).toEqual(['a', 'b']);
  });

  test('refuses records when the buffer is full, and has room again once they are acknowledged', async () => {
    const { sim, cluster, client } = await world();
    const producer = client.producer({ bufferBytesMax: 2_000, batchBytesMax: 500 });
    await sim.complete(producer.partitionsFor('orders'));
    let taken = 0;
    const value = Buffer.alloc(90);
    while (producer.enqueue('orders', 0, 0, null, value, [])) taken += 1;
    expect(taken).toBeGreaterThan(10);
    expect(taken).toBeLessThan(25);
    await sim.complete(producer.room());
    expect(producer.enqueue('orders', 0, 0, null, value, [])).toBe(true);
    await sim.complete(producer.flush());
    expect(cluster.partition('orders', 0).endOffset).toBe(taken + 1);
  });

  test('makes a send wait while the buffer is full, and keeps the order of sends that wait', async () => {
    const { sim, cluster, client } = await world();
    const producer = client.producer({ bufferBytesMax: 1_000, batchBytesMax: 400 });
    const values = Array.from({ length: 60 }, (_, index) => `${index} ${'x'.repeat(60)}`);
    const sends = values.map((value) => producer.send({ topic: 'orders', messages: [{ value }] }));
    await sim.complete(Promise.all(sends), { simMsMax });
    expect(cluster.partition('orders', 0).values()).toEqual(values);
  });

  test('tells of a batch once, however many of its records were enqueued with the listener', async () => {
    const { sim, client } = await world();
    const producer = client.producer();
    await sim.complete(producer.partitionsFor('orders'));
    const told: unknown[] = [];
    const listener = (delivery: unknown) => told.push(delivery);
    for (let index = 0; index < 5; index++) producer.enqueue('orders', 0, 0, null, Buffer.from('x'), [], listener);
    await sim.complete(producer.flush());
    expect(told).toMatchObject([{ topic: 'orders', partition: 0, baseOffset: 0, count: 5, error: undefined }]);
  });

  test('rejects a flush with the first failure of what was enqueued, once', async () => {
    const { sim, cluster, client } = await world();
    const producer = client.producer();
    await sim.complete(producer.partitionsFor('orders'));
    cluster.interfere = (api) => (api === 'Produce' ? { errorCode: errorCode.MESSAGE_TOO_LARGE } : undefined);
    producer.enqueue('orders', 0, 0, null, Buffer.from('x'), []);
    await expect(sim.complete(producer.flush())).rejects.toMatchObject({ kafka: 'MESSAGE_TOO_LARGE' });
    await sim.complete(producer.flush());
  });

  test('sends a batch that the broker finds too large in pieces, and tells where each went (KIP-126)', async () => {
    const { sim, cluster, client } = await world();
    const partition = cluster.partition('orders', 0);
    partition.batchBytesMax = 200;
    const producer = client.producer({ compression: 'gzip', lingerMs: 50 });
    const values = Array.from({ length: 40 }, (_, n) => `${n}`.padStart(30, `${n * 7919}`));
    const others = ['other'.repeat(8), 'values'.repeat(8)];
    const sends = [values, others].map((each) =>
      producer.send({ topic: 'orders', messages: each.map((value) => ({ value })) }),
    );
    const [told = [], toldOthers = []] = await sim.complete(Promise.all(sends));
    expect(partition.values()).toEqual([...values, ...others]);
    expect(told.length).toBeGreaterThan(4);
    const offsets = [...told, ...toldOthers].flatMap(({ baseOffset, count }) =>
      Array.from({ length: count }, (_, n) => baseOffset + n),
    );
    expect(offsets).toEqual(Array.from({ length: 42 }, (_, n) => n));
    await sim.complete(producer.close());
  });

  test('says of which record alone the broker finds that it is too large, and sends the others', async () => {
    const { sim, cluster, client } = await world();
    const partition = cluster.partition('orders', 0);
    partition.batchBytesMax = 200;
    const producer = client.producer({ lingerMs: 50 });
    const told: unknown[] = [];
    const listener = ({ baseOffset, count, error }: BatchDelivery) => told.push([baseOffset, count, error?.kafka]);
    for (const value of ['a', 'b'.repeat(500), 'c'])
      producer.enqueue('orders', 0, 0, null, Buffer.from(value), [], listener);
    await expect(sim.complete(producer.flush())).rejects.toMatchObject({ kafka: 'MESSAGE_TOO_LARGE' });
    expect(partition.values()).toEqual(['a', 'c']);
    expect(told).toEqual([
      [0, 1, undefined],
      [-1, 1, 'MESSAGE_TOO_LARGE'],
      [1, 1, undefined],
    ]);
  });

  test('sends what waits when it closes, and takes nothing afterwards', async () => {
    const { sim, cluster, client } = await world();
    const producer = client.producer({ lingerMs: 10_000 });
    await sim.complete(producer.partitionsFor('orders'));
    producer.enqueue('orders', 0, 0, null, Buffer.from('x'), []);
    await sim.complete(producer.close());
    expect(cluster.partition('orders', 0).values()).toEqual(['x']);
    await expect(producer.send({ topic: 'orders', messages: [] })).rejects.toMatchObject({
      code: 'NAGARE_CLIENT_CLOSED',
    });
    expect(() => producer.enqueue('orders', 0, 0, null, null, [])).toThrow(ClientError);
  });

  test('with acks 0 does not wait for an answer', async () => {
    const { sim, cluster, client } = await world();
    const producer = client.producer({ acks: 0 });
    const sent = await sim.complete(producer.send({ topic: 'orders', messages: [{ value: 'x' }] }));
    expect(sent).toMatchObject([{ baseOffset: -1, count: 1 }]);
    await sim.advance(100);
    expect(cluster.partition('orders', 0).values()).toEqual(['x']);
    await sim.complete(producer.close());
  });

  test('speaks to a broker that knows ApiVersions only in an older version', async () => {
    const { sim, cluster, client } = await world();
    cluster.apiVersionsMax = 2;
    await sim.complete(client.producer().send({ topic: 'orders', messages: [{ value: 'x' }] }));
    const versions = cluster.requests.filter(({ api }) => api === 'ApiVersions').map(({ version }) => version);
    expect(versions.slice(0, 2)).toEqual([4, 2]);
  });

  test('keeps an idempotent producer from acks that do not wait for all', () => {
    const client = createClient({ brokers: 'localhost:1' });
    expect(() => client.producer({ idempotent: true, acks: 1 })).toThrow(RangeError);
    expect(() => client.producer({ maxInFlight: 6 })).toThrow(RangeError);
  });
});

interface Trouble {
  readonly seed: number;
  readonly resetRate: number;
  readonly cutRate: number;
  readonly dropRate: number;
  readonly errorRate: number;
  readonly batchBytesMax: number;
  readonly options: ProducerOptions;
}

const trouble: fc.Arbitrary<Trouble> = fc.record({
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  resetRate: fc.constantFrom(0, 0.02, 0.1),
  cutRate: fc.constantFrom(0, 0.3),
  dropRate: fc.constantFrom(0, 0.05, 0.2),
  errorRate: fc.constantFrom(0, 0.1),
  batchBytesMax: fc.constantFrom(80, 150, 1_000_000),
  options: fc.record({
    lingerMs: fc.constantFrom(0, 1, 5),
    batchBytesMax: fc.constantFrom(100, 300, 65_536),
    bufferBytesMax: fc.constantFrom(1_000, 33_554_432),
    maxInFlight: fc.integer({ min: 1, max: 5 }),
  }),
});

/** More than five batches were stored behind one whose answer had not come: the broker did not know it again. */
const longUnanswered: Trouble = {
  ...{ seed: 722_661, resetRate: 0.1, cutRate: 0.3, dropRate: 0, errorRate: 0.1, batchBytesMax: 1_000_000 },
  options: { lingerMs: 5, batchBytesMax: 100, bufferBytesMax: 33_554_432, maxInFlight: 5 },
};

test('an idempotent producer loses, repeats and reorders nothing, whatever breaks', async () => {
  await fc.assert(
    fc.asyncProperty(trouble, async ({ seed, options, ...rates }) => {
      const { sim, cluster, client } = await world({ seed, topics: { orders: 3 }, brokers: 2 });
      const { random } = sim;
      Object.assign(sim.network.faults, { resetRate: rates.resetRate, cutRate: rates.cutRate });
      cluster.interfere = (api): Interference => {
        if (api !== 'Produce') return undefined;
        if (random.next() < rates.dropRate) return random.below(2) === 0 ? 'drop-before' : 'drop-after';
        return random.next() < rates.errorRate ? { errorCode: errorCode.NOT_ENOUGH_REPLICAS } : undefined;
      };
      const logs = cluster.partitions.get('orders') ?? [];
      for (const log of logs) log.batchBytesMax = rates.batchBytesMax;
      const producer = client.producer({ ...options, deliveryTimeoutMs: 10_000_000 });
      const sent: string[][] = [[], [], []];
      const sends: Promise<RecordMetadata[]>[] = [];
      for (let index = 0; index < 120; index++) {
        const partition = random.below(3);
        sent[partition]?.push(`${index}`);
        sends.push(producer.send({ topic: 'orders', messages: [{ value: `${index}`, partition }] }));
        if (random.below(4) === 0) await sim.advance(random.next() * 5);
        if (random.below(40) === 0) moveLeader(cluster, random.below(3));
      }
      const told = await sim.complete(Promise.all(sends), { simMsMax: 5_000_000 });
      const stored = logs.map((log) => log.values());
      expect(stored).toEqual(sent);
      for (const [index, [place]] of told.entries()) {
        const { partition, baseOffset } = place as RecordMetadata;
        expect(stored[partition]?.[baseOffset]).toBe(`${index}`);
      }
      await sim.complete(producer.close({ timeoutMs: 0 }));
    }),
    { numRuns: 60, examples: [[longUnanswered]] },
  );
}, 120_000);

function moveLeader(cluster: ScriptedCluster, index: number): void {
  const partition = cluster.partition('orders', index);
  partition.leader = 3 - partition.leader;
  partition.leaderEpoch += 1;
}
