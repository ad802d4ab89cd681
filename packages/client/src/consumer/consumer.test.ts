import { createSimulation, type Simulation } from '@nagare/base/sim';
import { errorCode } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { type Client, createClient } from '../client.ts';
import type { Consumer, ConsumerOptions, FetchedPartition, Message } from '../consumer.ts';
import type { TopicPartition } from '../record.ts';
import { ScriptedCluster } from '../testing/scripted-cluster.ts';

interface World {
  readonly sim: Simulation;
  readonly cluster: ScriptedCluster;
  readonly client: Client;
  /** Sends `count` records to a partition; their values are numbers that go on from call to call. */
  readonly fill: (count: number, partition?: number) => Promise<void>;
}

async function world(options: { seed?: number; partitions?: number; brokers?: number } = {}): Promise<World> {
  const sim = createSimulation({ seed: options.seed ?? 1 });
  const topics = { orders: options.partitions ?? 1 };
  const platform = sim.platform('broker');
  const cluster = await sim.complete(ScriptedCluster.start({ platform, topics, brokers: options.brokers ?? 1 }));
  const client = createClient({ brokers: cluster, platform: sim.platform('client') });
  const producer = client.producer();
  let sent = 0;
  const fill = async (count: number, partition = 0) => {
    const messages = Array.from({ length: count }, () => ({ value: `${sent++}`, partition }));
    await sim.complete(producer.send({ topic: 'orders', messages }));
  };
  return { sim, cluster, client, fill };
}

const orders = (...partitions: number[]): TopicPartition[] =>
  partitions.map((partition) => ({ topic: 'orders', partition }));

function valuesOf(fetched: readonly FetchedPartition[]): string[] {
  const values: string[] = [];
  for (const each of fetched) {
    const records = each.records();
    while (records.next()) values.push(String(records.value));
  }
  return values;
}

/** Polls until `count` values are there. */
async function read(sim: Simulation, consumer: Consumer, count: number): Promise<string[]> {
  const values: string[] = [];
  while (values.length < count) values.push(...valuesOf(await sim.complete(consumer.poll({ timeoutMs: 1_000 }))));
  return values;
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `${from + index}`);

describe('a consumer with partitions assigned by hand', () => {
  test('reads from the beginning, then what comes', async () => {
    const { sim, client, fill } = await world();
    await fill(10);
    const consumer = client.consumer({ autoOffsetReset: 'earliest' });
    consumer.assign(orders(0));
    expect(await read(sim, consumer, 10)).toEqual(numbers(0, 10));
    await fill(5);
    expect(await read(sim, consumer, 5)).toEqual(numbers(10, 15));
    expect(consumer.position({ topic: 'orders', partition: 0 })).toBe(15);
    expect(consumer.lag({ topic: 'orders', partition: 0 })).toBe(0);
  });

  test('starts behind the last record by default', async () => {
    const { sim, client, fill } = await world();
    await fill(3);
    const consumer = client.consumer();
    consumer.assign(orders(0));
    expect(await sim.complete(consumer.poll({ timeoutMs: 500 }))).toEqual([]);
    await fill(2);
    expect(await read(sim, consumer, 2)).toEqual(['3', '4']);
  });

  test('fails without an offset to start from when autoOffsetReset is none', async () => {
    const { sim, client } = await world();
    const consumer = client.consumer({ autoOffsetReset: 'none' });
    consumer.assign(orders(0));
    const polling = consumer.poll({ timeoutMs: 5_000 });
    await expect(sim.complete(polling)).rejects.toMatchObject({ code: 'NAGARE_CLIENT_NO_OFFSET' });
  });

  test('drops what was fetched and asked for when it seeks', async () => {
    const { sim, client, fill } = await world();
    await fill(10);
    const consumer = client.consumer({ autoOffsetReset: 'earliest' });
    consumer.assign(orders(0));
    await read(sim, consumer, 10);
    const polling = consumer.poll({ timeoutMs: 1_000 });
    await sim.advance(10);
    consumer.seek({ topic: 'orders', partition: 0, offset: 7 });
    const values = valuesOf(await sim.complete(polling));
    expect(values).toEqual(['7', '8', '9']);
    consumer.seekToBeginning(orders(0));
    expect(await read(sim, consumer, 10)).toEqual(numbers(0, 10));
  });

  test('does not read a paused partition, and keeps what was fetched of it', async () => {
    const { sim, client, fill } = await world({ partitions: 2 });
    const consumer = client.consumer({ autoOffsetReset: 'earliest' });
    consumer.assign(orders(0, 1));
    await fill(1, 0);
    await read(sim, consumer, 1);
    consumer.pause(orders(0));
    await fill(2, 0);
    await fill(2, 1);
    expect(await read(sim, consumer, 2)).toEqual(['3', '4']);
    expect(await sim.complete(consumer.poll({ timeoutMs: 1_000 }))).toEqual([]);
    consumer.resume(orders(0));
    expect(await read(sim, consumer, 2)).toEqual(['1', '2']);
  });

  test('starts anew by autoOffsetReset when its offset is out of range', async () => {
    const { sim, cluster, client, fill } = await world();
    await fill(10);
    cluster.partition('orders', 0).logStartOffset = 4;
    const consumer = client.consumer({ autoOffsetReset: 'earliest' });
    consumer.assign(orders(0));
    consumer.seek({ topic: 'orders', partition: 0, offset: 1 });
    expect((await sim.complete(consumer.poll({ timeoutMs: 5_000 })))[0]?.nextOffset).toBe(10);
    expect(consumer.position({ topic: 'orders', partition: 0 })).toBe(10);
  });

  test('follows a partition to its new leader', async () => {
    const { sim, cluster, client, fill } = await world({ brokers: 2 });
    await fill(3);
    const consumer = client.consumer({ autoOffsetReset: 'earliest' });
    consumer.assign(orders(0));
    await read(sim, consumer, 3);
    Object.assign(cluster.partition('orders', 0), { leader: 2, leaderEpoch: 1 });
    await fill(3);
    expect(await read(sim, consumer, 3)).toEqual(['3', '4', '5']);
  });

  test('throws what it is not allowed to read', async () => {
    const { sim, cluster, client } = await world();
    cluster.interfere = (api) => (api === 'Fetch' ? { errorCode: errorCode.TOPIC_AUTHORIZATION_FAILED } : undefined);
    const consumer = client.consumer({ autoOffsetReset: 'earliest' });
    consumer.assign(orders(0));
    const polling = consumer.poll({ timeoutMs: 5_000 });
    await expect(sim.complete(polling)).rejects.toMatchObject({ kafka: 'TOPIC_AUTHORIZATION_FAILED' });
  });

  test('reads everything once and in order over a network that breaks', async () => {
    const { sim, client, fill } = await world({ seed: 5, partitions: 2, brokers: 2 });
    for (let round = 0; round < 20; round++) await fill(10, round % 2);
    Object.assign(sim.network.faults, { resetRate: 0.1, cutRate: 0.3, refuseRate: 0.1 });
    const consumer = client.consumer({ autoOffsetReset: 'earliest', partitionFetchBytesMax: 300 });
    consumer.assign(orders(0, 1));
    const values = await read(sim, consumer, 200);
    expect(values.filter((value) => Math.floor(Number(value) / 10) % 2 === 0).map(Number)).toEqual(
      numbers(0, 200)
        .map(Number)
        .filter((value) => Math.floor(value / 10) % 2 === 0),
    );
    expect(new Set(values).size).toBe(200);
  });

  test('lets one loop read at a time', async () => {
    const { sim, client } = await world();
    const consumer = client.consumer();
    consumer.assign(orders(0));
    const polling = consumer.poll({ timeoutMs: 100 });
    await expect(consumer.poll({ timeoutMs: 100 })).rejects.toMatchObject({ code: 'NAGARE_CLIENT_BUSY' });
    await sim.complete(polling);
  });

  test('stops waiting when the signal aborts, or when it is closed', async () => {
    const { sim, client } = await world();
    const consumer = client.consumer();
    consumer.assign(orders(0));
    const abort = new AbortController();
    const polling = consumer.poll({ timeoutMs: 60_000, signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(sim.complete(polling)).rejects.toThrow('enough');
    const closed = expect(consumer.poll({ timeoutMs: 60_000 })).rejects.toMatchObject({ code: 'NAGARE_CLIENT_CLOSED' });
    await sim.complete(consumer.close());
    await sim.complete(closed);
  });
});

const inGroup: ConsumerOptions = { groupId: 'g', autoOffsetReset: 'earliest', heartbeatIntervalMs: 100 };

function join(client: Client, options: ConsumerOptions = {}): Consumer {
  const consumer = client.consumer({ ...inGroup, ...options });
  consumer.subscribe({ topics: ['orders'] });
  return consumer;
}

describe('a consumer in a group', () => {
  test('goes on where the group has committed', async () => {
    const { sim, cluster, client, fill } = await world();
    await fill(10);
    const first = join(client);
    expect(await read(sim, first, 10)).toEqual(numbers(0, 10));
    await sim.complete(first.close());
    expect(cluster.commits.get('g orders 0')).toBe(10);
    expect(cluster.groups.get('g')?.members).toEqual([]);
    await fill(3);
    expect(await read(sim, join(client), 3)).toEqual(['10', '11', '12']);
  });

  test('commits what was processed, and not what was only returned', async () => {
    const { sim, cluster, client, fill } = await world();
    await fill(4);
    const consumer = join(client, { autoCommitIntervalMs: 1_000 });
    await read(sim, consumer, 4);
    await sim.advance(3_000);
    expect(cluster.commits.get('g orders 0') ?? 0).toBe(0);
    await sim.complete(consumer.poll({ timeoutMs: 100 }));
    await sim.advance(1_500);
    expect(cluster.commits.get('g orders 0')).toBe(4);
  });

  test('shares partitions with a member that joins, without giving up what it keeps', async () => {
    const { sim, client, fill } = await world({ partitions: 4 });
    const events: string[] = [];
    const listener = (name: string) => ({
      onAssigned: (list: readonly TopicPartition[]) =>
        void events.push(`${name}+${list.map((each) => each.partition)}`),
      onRevoked: (list: readonly TopicPartition[]) => void events.push(`${name}-${list.map((each) => each.partition)}`),
    });
    const [a, b] = [
      join(client, { listener: listener('a') }),
      client.consumer({ ...inGroup, listener: listener('b') }),
    ];
    for (let partition = 0; partition < 4; partition++) await fill(1, partition);
    await read(sim, a, 4);
    b.subscribe({ topics: ['orders'] });
    for (let round = 0; round < 20; round++) {
      await sim.complete(Promise.all([a.poll({ timeoutMs: 100 }), b.poll({ timeoutMs: 100 })]));
    }
    expect(events).toEqual(['a+0,1,2,3', 'a-2,3', 'b+2,3']);
    expect([a.assignment(), b.assignment()]).toEqual([orders(0, 1), orders(2, 3)]);
    await sim.complete(a.close());
    await fill(1, 0);
    expect(await read(sim, b, 1)).toEqual(['4']);
    expect(b.assignment()).toHaveLength(4);
  });

  test('with an eager assignor gives everything up before it joins again', async () => {
    const { sim, client } = await world({ partitions: 2 });
    const events: string[] = [];
    const a = join(client, {
      assignors: ['range'],
      listener: {
        onAssigned: (list) => void events.push(`+${list.map((each) => each.partition)}`),
        onRevoked: (list) => void events.push(`-${list.map((each) => each.partition)}`),
      },
    });
    await sim.complete(a.poll({ timeoutMs: 500 }));
    const b = join(client, { assignors: ['range'] });
    for (let round = 0; round < 10; round++) {
      await sim.complete(Promise.all([a.poll({ timeoutMs: 100 }), b.poll({ timeoutMs: 100 })]));
    }
    expect(events).toEqual(['+0,1', '-0,1', '+0']);
  });

  test('tells that partitions are lost when the group went on without it, and joins again', async () => {
    const { sim, cluster, client, fill } = await world();
    const lost: TopicPartition[] = [];
    const consumer = join(client, { listener: { onLost: (list) => void lost.push(...list) } });
    await fill(2);
    await read(sim, consumer, 2);
    const group = cluster.groups.get('g');
    group?.expel(group.members[0] as string);
    await sim.advance(500);
    await fill(1);
    expect((await read(sim, consumer, 1)).length).toBeGreaterThan(0);
    expect(lost).toEqual(orders(0));
    expect(group?.members).toHaveLength(1);
  });

  test('goes on reading what it keeps while it cannot join again', async () => {
    const { sim, cluster, client, fill } = await world();
    await fill(3);
    const consumer = join(client);
    const stream = consumer.stream();
    const next = async () => String((await sim.complete(stream.next())).value?.value);
    expect(await next()).toBe('0');
    cluster.interfere = (api) => (api === 'JoinGroup' ? 'drop-before' : undefined);
    const group = cluster.groups.get('g');
    void group?.join({
      memberId: 'another',
      groupInstanceId: null,
      protocols: [{ name: 'x', metadata: Buffer.alloc(0) }],
    });
    await sim.advance(1_000);
    expect([await next(), await next()]).toEqual(['1', '2']);
    await fill(1);
    expect(await next()).toBe('3');
  });

  test('sends heartbeats while a handler works, and leaves when it works for too long', async () => {
    const { sim, cluster, client, fill } = await world();
    await fill(1);
    const consumer = join(client, { maxPollIntervalMs: 5_000 });
    await read(sim, consumer, 1);
    const heartbeats = () => cluster.requests.filter(({ api }) => api === 'Heartbeat').length;
    const before = heartbeats();
    await sim.advance(3_000);
    expect(heartbeats() - before).toBeGreaterThan(20);
    expect(cluster.groups.get('g')?.members).toHaveLength(1);
    await sim.advance(5_000);
    expect(cluster.groups.get('g')?.members).toEqual([]);
    expect(heartbeats() - before).toBeLessThan(60);
    await fill(1);
    await read(sim, consumer, 1);
    expect(cluster.groups.get('g')?.members).toHaveLength(1);
  });

  test('stops for good when the coordinator refuses it', async () => {
    const { sim, cluster, client, fill } = await world();
    await fill(1);
    const consumer = join(client, { groupInstanceId: 'one' });
    await read(sim, consumer, 1);
    cluster.interfere = (api) => (api === 'Heartbeat' ? { errorCode: errorCode.FENCED_INSTANCE_ID } : undefined);
    await sim.advance(300);
    const polling = consumer.poll({ timeoutMs: 1_000 });
    await expect(sim.complete(polling)).rejects.toMatchObject({ kafka: 'FENCED_INSTANCE_ID' });
  });

  test('rejects a commit that the group refuses', async () => {
    const { sim, cluster, client, fill } = await world();
    await fill(1);
    const consumer = join(client, { autoCommit: false });
    await read(sim, consumer, 1);
    await sim.complete(consumer.commit());
    expect(cluster.commits.get('g orders 0')).toBe(1);
    cluster.interfere = (api) => (api === 'OffsetCommit' ? { errorCode: errorCode.ILLEGAL_GENERATION } : undefined);
    await expect(sim.complete(consumer.commit())).rejects.toMatchObject({
      code: 'NAGARE_CLIENT_GROUP_LOST',
      kafka: 'ILLEGAL_GENERATION',
    });
  });

  test('reads the committed offsets', async () => {
    const { sim, client } = await world({ partitions: 2 });
    const consumer = join(client);
    await sim.complete(consumer.poll({ timeoutMs: 500 }));
    await sim.complete(consumer.commit([{ topic: 'orders', partition: 1, offset: 7 }]));
    const committed = await sim.complete(consumer.committed(orders(1)));
    expect(committed).toMatchObject([{ partition: 1, offset: 7 }]);
  });
});

describe('a stream of messages', () => {
  test('gives one after the other, and counts each as processed when the next is asked for', async () => {
    const { sim, cluster, client, fill } = await world();
    await fill(5);
    const consumer = join(client);
    const values: string[] = [];
    const reading = (async () => {
      for await (const message of consumer.stream()) {
        values.push(String(message.value));
        if (values.length === 3) break;
      }
    })();
    await sim.complete(reading);
    await sim.complete(consumer.close());
    expect(values).toEqual(['0', '1', '2']);
    expect(cluster.commits.get('g orders 0')).toBe(2);
  });

  test('leaves what it did not read to the next', async () => {
    const { sim, client, fill } = await world();
    await fill(5);
    const consumer = client.consumer({ autoOffsetReset: 'earliest' });
    consumer.assign(orders(0));
    const take = async (count: number) => {
      const stream = consumer.stream();
      const messages: Message[] = [];
      for (let left = count; left > 0; left--) messages.push((await stream.next()).value as Message);
      await stream.return?.();
      return messages.map((message) => message.offset);
    };
    expect(await sim.complete(take(2))).toEqual([0, 1]);
    expect(await sim.complete(take(3))).toEqual([2, 3, 4]);
  });

  test('ends when the consumer is closed', async () => {
    const { sim, client } = await world();
    const consumer = join(client);
    const next = consumer.stream().next();
    await sim.advance(200);
    await sim.complete(consumer.close());
    expect(await sim.complete(next)).toEqual({ value: undefined, done: true });
  });

  test('keeps the rest of a partition that is paused in the middle', async () => {
    const { sim, client, fill } = await world({ partitions: 2 });
    await fill(3, 0);
    await fill(3, 1);
    const consumer = client.consumer({ autoOffsetReset: 'earliest' });
    consumer.assign(orders(0, 1));
    const stream = consumer.stream();
    const next = async () => String((await sim.complete(stream.next())).value?.value);
    expect(await next()).toBe('0');
    consumer.pause(orders(0));
    expect([await next(), await next(), await next()]).toEqual(['3', '4', '5']);
    consumer.resume(orders(0));
    expect([await next(), await next()]).toEqual(['1', '2']);
  });
});

describe('a run', () => {
  test('stops at a message whose handler fails, and does not commit it', async () => {
    const { sim, cluster, client, fill } = await world();
    await fill(5);
    const consumer = join(client);
    const seen: string[] = [];
    const run = await consumer.run({
      eachMessage: async ({ message }) => {
        if (String(message.value) === '3') throw new Error('broken');
        seen.push(String(message.value));
      },
    });
    await expect(sim.complete(run.finished)).rejects.toThrow('broken');
    await sim.complete(consumer.close());
    expect(seen).toEqual(['0', '1', '2']);
    expect(cluster.commits.get('g orders 0')).toBe(3);
  });

  test('hands out batches, and commits what a handler resolved before it failed', async () => {
    const { sim, cluster, client, fill } = await world();
    await fill(5);
    const consumer = join(client);
    const run = await consumer.run({
      eachBatch: async ({ messages, resolveOffset }) => {
        for (const message of messages) {
          if (message.offset === 2) throw new Error('broken');
          resolveOffset(message.offset);
        }
      },
    });
    await expect(sim.complete(run.finished)).rejects.toThrow('broken');
    await sim.complete(consumer.close());
    expect(cluster.commits.get('g orders 0')).toBe(2);
  });

  test('waits for the handler that works when it is stopped', async () => {
    const { sim, client, fill } = await world();
    await fill(2);
    const consumer = join(client);
    const platform = sim.platform('client');
    const log: string[] = [];
    const run = await consumer.run({
      eachMessage: async ({ message }) => {
        await new Promise<void>((resolve) => platform.timers.after(500, resolve));
        log.push(`handled ${message.value}`);
      },
    });
    while (consumer.position({ topic: 'orders', partition: 0 }) !== 1) await sim.advance(10);
    await sim.complete(run.stop().then(() => log.push('stopped')));
    expect(log).toEqual(['handled 0', 'stopped']);
  });
});
