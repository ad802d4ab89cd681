import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@nagare/client';
import { int64, type Serde, string, type Windowed, windowed } from '@nagare/serdes';
import { Streams, StreamsBuilder, type StreamsConfig, TimeWindows, type Topology } from '@nagare/streams';
import { afterAll, describe, expect, test } from 'vitest';
import { waitFor } from '../tools/wait.ts';
import { brokerForFile } from './broker-for-file.ts';

const texts = { key: string, value: string };
const stateRoot = mkdtempSync(join(tmpdir(), 'nagare-streams-'));
afterAll(() => rmSync(stateRoot, { recursive: true, force: true }));

describe('a streams application', () => {
  const broker = brokerForFile();
  const client = () => createClient({ brokers: broker().bootstrap });

  const start = async (topology: Topology, applicationId: string, config: Partial<StreamsConfig> = {}) => {
    const brokers = broker().bootstrap;
    const session = { sessionTimeoutMs: 6_000, replicationFactor: 1 };
    // Every change is counted.
    const base = { applicationId, brokers, commitIntervalMs: 50, statestoreCacheMaxBytes: 0, ...session };
    const streams = new Streams(topology, { ...base, ...config });
    await streams.start();
    return streams;
  };

  test('counts each word once, however its instances come and go', { timeout: 300_000 }, async () => {
    await createTopics(client(), { 'words-in': 4, 'words-out': 3 });
    const startOne = (name: string) => start(wordCount(), 'word-count', { stateDir: join(stateRoot, name) });
    const words = new Sender(client(), 'words-in');
    const first = await startOne('first');
    await words.send(500);
    const second = await startOne('second');
    await waitFor(() => (first.tasks.length === 4 && second.tasks.length === 4 ? true : words.send(20)), {
      what: 'each instance to have half of the tasks',
      timeoutMs: 120_000,
      everyMs: 100,
    });
    await words.send(500);
    await first.close();
    await words.send(500);
    const third = await startOne('first');
    await words.send(500);
    await second.close();
    await words.send(500);
    const counts = await readUntil(client(), 'words-out', { key: string, value: int64 }, words.sent * 3);
    await third.close();
    await words.close();
    const last = new Map<string | null, number>();
    for (const [word, count] of counts) last.set(word, Math.max(count ?? 0, last.get(word) ?? 0));
    expect(counts).toHaveLength(words.sent * 3);
    expect(last.get('to')).toBe(words.sent);
    expect(last.get('be')).toBe(words.sent);
    expect([...last.values()].reduce((sum, count) => sum + count, 0)).toBe(words.sent * 3);
  });

  test('joins a stream with a table, and sums in windows', { timeout: 300_000 }, async () => {
    await createTopics(client(), { orders: 2, customers: 2, joined: 2, 'per-minute': 2 });
    const producer = client().producer();
    const customers = ['a', 'b', 'c'].map((key) => ({ key, value: key.toUpperCase(), timestamp: 0 }));
    await producer.send({ topic: 'customers', messages: customers });
    const orders = Array.from({ length: 300 }, (_, i) => {
      const key = ['a', 'b', 'c', 'unknown'][i % 4] as string;
      return { key, value: String(i), timestamp: 1_000 + i * 1_000 };
    });
    await producer.send({ topic: 'orders', messages: orders });
    const streams = await start(ordersWithCustomers(), 'orders-app');
    const joined = await readUntil(client(), 'joined', texts, 225);
    const key = windowed(string, 60_000);
    const sums = await readUntil(client(), 'per-minute', { key, value: int64 }, 225);
    await streams.close();
    await producer.close();
    expect(joined.every(([id, value]) => value?.endsWith(`/${id?.toUpperCase()}`))).toBe(true);
    expect(lastPerWindow(sums)).toEqual(expectedPerWindow(orders));
  });
});

function wordCount(): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream('words-in', texts)
    .flatMapValues((text) => text.split(' '))
    .groupBy((_key, word) => word, texts)
    .count({ store: 'words' })
    .toStream()
    .to('words-out');
  return builder.build();
}

function ordersWithCustomers(): Topology {
  const builder = new StreamsBuilder();
  const customers = builder.table('customers', texts);
  const joined = builder.stream('orders', texts).join(customers, (order, customer) => `${order}/${customer}`);
  joined.to('joined', texts);
  joined
    .groupByKey(texts)
    .windowedBy(TimeWindows.ofSizeAndGrace('1m', '1d'))
    .count({ store: 'orders-per-minute' })
    .toStream()
    .to('per-minute');
  return builder.build();
}

async function createTopics(client: Client, partitions: Readonly<Record<string, number>>): Promise<void> {
  await using admin = client.admin();
  // Some records are of 1970: brokers would delete them as expired.
  const configEntries = { 'retention.ms': '-1' };
  const topics = Object.entries(partitions).map(([topic, numPartitions]) => ({
    topic,
    numPartitions,
    replicationFactor: 1,
    configEntries,
  }));
  await admin.createTopics({ topics });
}

/** Sends texts of three words, and counts them. */
class Sender {
  readonly #producer;
  readonly #topic: string;
  sent = 0;

  constructor(client: Client, topic: string) {
    this.#producer = client.producer();
    this.#topic = topic;
  }

  async send(count: number): Promise<undefined> {
    const messages = Array.from({ length: count }, (_, i) => ({ key: `k${i % 10}`, value: `to be w${i % 7}` }));
    await this.#producer.send({ topic: this.#topic, messages });
    this.sent += count;
  }

  async close(): Promise<void> {
    await this.#producer.close();
  }
}

/** Reads a topic from its start until so many records have come. */
async function readUntil<K, V>(
  client: Client,
  topic: string,
  { key, value }: { readonly key: Serde<K>; readonly value: Serde<V> },
  count: number,
): Promise<(readonly [K | null, V | null])[]> {
  await using consumer = client.consumer({ groupId: `read-${topic}`, autoOffsetReset: 'earliest' });
  consumer.subscribe({ topics: [topic] });
  const read: (readonly [K | null, V | null])[] = [];
  const deadlineMs = performance.now() + 120_000;
  while (read.length < count) {
    if (performance.now() > deadlineMs) throw new Error(`${topic} has ${read.length} records, not ${count}`);
    for (const fetched of await consumer.poll({ timeoutMs: 200 })) {
      for (const records = fetched.records(); records.next(); ) {
        read.push([key.deserialize(topic, records.key), value.deserialize(topic, records.value)]);
      }
    }
  }
  return read;
}

function lastPerWindow(sums: readonly (readonly [Windowed<string> | null, number | null])[]): Record<string, number> {
  const last: Record<string, number> = {};
  for (const [at, sum] of sums) last[`${at?.key} ${at?.window.start}`] = sum ?? 0;
  return last;
}

function expectedPerWindow(orders: readonly { readonly key: string; readonly timestamp: number }[]) {
  const expected: Record<string, number> = {};
  for (const { key, timestamp } of orders) {
    if (key === 'unknown') continue;
    const name = `${key} ${Math.floor(timestamp / 60_000) * 60_000}`;
    expected[name] = (expected[name] ?? 0) + 1;
  }
  return expected;
}
