import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Admin, type Client, createClient } from '@nagare/client';
import type { ReadBack } from '@nagare/example-kit';
import { describe, expect, test } from 'vitest';
import { createTopics, feedCatalog, feedOrders } from '../../examples/order-to-shipping/feed.ts';
import { generate } from '../../examples/order-to-shipping/generate.ts';
import { readOutcome } from '../../examples/order-to-shipping/outcome.ts';
import { shipmentSerde, topicsOf } from '../../examples/order-to-shipping/topology.ts';
import { Child } from '../tools/child.ts';
import { scratchDirectory } from '../tools/paths.ts';
import { waitFor } from '../tools/wait.ts';
import { brokerForFile } from './broker-for-file.ts';

const application = fileURLToPath(new URL('./exactly-once/application.ts', import.meta.url));
/** `NAGARE_RECORDS` makes it a long test. */
const count = Number(process.env.NAGARE_RECORDS ?? 2_000);
const recordsAtOnce = 100;
const slicesPerKill = 5;

describe('order-to-shipping under exactly_once_v2', () => {
  const broker = brokerForFile({ 'group.min.session.timeout.ms': '1000' });

  test('ships each order once, however its processes are killed', { timeout: 300_000 + count * 60 }, async () => {
    using scratch = scratchDirectory('exactly-once');
    const client = createClient({ brokers: broker().bootstrap });
    const prefix = 'eos-';
    const topics = topicsOf(prefix);
    const input = generate({ count, seed: 3 });
    await using admin = client.admin();
    await createTopics(admin, topics);
    await feedCatalog(client, topics, input.catalog);
    const start = (name: string) =>
      new Child(process.execPath, [
        ...['--import', 'tsx', '--conditions=@nagare/source', application],
        ...[broker().bootstrap, prefix, join(scratch.path, name)],
      ]);
    const running = new Map(['first', 'second'].map((name) => [name, start(name)]));
    let kills = 0;
    try {
      for (let from = 0; from < count; from += recordsAtOnce) {
        const before = await writtenTo(admin, topics.shipments);
        const records = input.records.slice(from, from + recordsAtOnce);
        const { signal } = new AbortController();
        await feedOrders(client, topics.orders, records, { signal, onSent: () => undefined });
        const name = kills % 2 === 0 ? 'first' : 'second';
        const child = running.get(name) as Child;
        const isKilled = (from / recordsAtOnce) % slicesPerKill === slicesPerKill - 1;
        if (isKilled) await child.waitForOutput(/RUNNING/, 120_000);
        await waitFor(async () => ((await writtenTo(admin, topics.shipments)) > before + 5 ? true : undefined), {
          ...{ what: 'shipments', timeoutMs: 120_000, everyMs: 5 },
        });
        if (!isKilled) continue;
        // Something was just written, so this is the middle of a transaction.
        await child.end('SIGKILL');
        running.set(name, start(name));
        kills += 1;
      }
      const read = readCommitted(client);
      const outcome = await waitFor(
        async () => {
          const now = await readOutcome(read, topics, input.records);
          return now.lost === 0 ? now : undefined;
        },
        { what: 'every order to be handled', timeoutMs: 120_000, everyMs: 1_000 },
      );
      expect(kills).toBe(Math.floor(count / recordsAtOnce / slicesPerKill));
      expect(outcome).toMatchObject({ orders: count, lost: 0, duplicated: 0 });
      await expectRevenue(read, topics.shipments, () => readOutcome(read, topics, input.records));
    } finally {
      for (const child of running.values()) await child.end('SIGKILL');
    }
  });
});

/** How many offsets of a topic are taken, by whatever became of their transactions. */
async function writtenTo(admin: Admin, topic: string): Promise<number> {
  const [description] = await admin.describeTopics({ topics: [topic] });
  const partitions = (description?.partitions ?? []).map(({ partition }) => ({
    topic,
    partition,
    at: 'latest' as const,
  }));
  const ends = await admin.listOffsets({ partitions });
  return ends.reduce((sum, { offset }) => sum + offset, 0);
}

/** The sums of the windows are those of the shipments, although both were rebuilt several times. */
async function expectRevenue(
  read: ReadBack,
  shipments: string,
  outcome: () => Promise<{ readonly revenueByMinute: ReadonlyMap<number, number> }>,
): Promise<void> {
  let shipped = 0;
  await read(shipments, ({ value }) => {
    const shipment = shipmentSerde.deserialize(shipments, value);
    shipped += (shipment?.quantity ?? 0) * (shipment?.unitPriceCents ?? 0);
  });
  await waitFor(
    async () => {
      const { revenueByMinute } = await outcome();
      const summed = [...revenueByMinute.values()].reduce((sum, cents) => sum + cents, 0);
      return summed === shipped ? true : undefined;
    },
    { what: `the revenue to be ${shipped}`, timeoutMs: 120_000, everyMs: 500 },
  );
}

/** Goes over what readers of committed records see of a topic. */
function readCommitted(client: Client): ReadBack {
  const isolationLevel = 'read_committed';
  return async (topic, each) => {
    await using admin = client.admin();
    const [description] = await admin.describeTopics({ topics: [topic] });
    const partitions = (description?.partitions ?? []).map(({ partition }) => ({ topic, partition }));
    const latest = partitions.map((one) => ({ ...one, at: 'latest' as const }));
    const ends = await admin.listOffsets({ partitions: latest, isolationLevel });
    await using consumer = client.consumer({ autoOffsetReset: 'earliest', isolationLevel });
    consumer.assign(partitions);
    while (ends.some((end) => (consumer.position(end) ?? 0) < end.offset)) {
      for (const fetched of await consumer.poll({ timeoutMs: 200 })) {
        for (let cursor = fetched.records(); cursor.next(); )
          each({ key: cursor.key, value: cursor.value, timestamp: cursor.timestamp });
      }
    }
  };
}
