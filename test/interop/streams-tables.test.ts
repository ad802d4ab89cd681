import { createClient } from '@nagare/client';
import { string } from '@nagare/serdes';
import { Streams, StreamsBuilder, type Topology } from '@nagare/streams';
import { expect, test } from 'vitest';
import { waitFor } from '../tools/wait.ts';
import { brokerForFile } from './broker-for-file.ts';

const texts = { key: string, value: string };
const rows = 60;
const broker = brokerForFile();

/** Rows with the rows that they name, and the same again by the country of those, from a table that every instance has whole. */
function topology(): Topology {
  const builder = new StreamsBuilder();
  const countries = builder.globalTable('countries', texts);
  builder
    .table('orders', texts)
    .joinForeign(
      builder.table('customers', texts),
      (customer) => customer,
      (_customer, country) => country,
      { name: 'of-customer' },
    )
    .toStream()
    .filter((_order, country) => country !== null)
    .joinGlobal(
      countries,
      (_order, country) => country,
      (_country, name) => name,
    )
    .to('named', texts);
  return builder.build();
}

test('two instances join by foreign keys and with a global table, exactly once', { timeout: 300_000 }, async () => {
  const brokers = broker().bootstrap;
  const client = createClient({ brokers });
  const admin = client.admin();
  const counts = { orders: 4, customers: 3, countries: 2, named: 1 };
  await admin.createTopics({
    topics: Object.entries(counts).map(([topic, numPartitions]) => ({ topic, numPartitions, replicationFactor: 1 })),
  });
  const producer = client.producer();
  const send = (topic: string, pairs: readonly (readonly [string, string])[]) =>
    producer.send({ topic, messages: pairs.map(([key, value]) => ({ key, value })) });
  await send('countries', [
    ['jp', 'Japan'],
    ['at', 'Austria'],
  ]);
  const config = { applicationId: 'tables', brokers, replicationFactor: 1, sessionTimeoutMs: 6_000 } as const;
  const instances = [0, 1].map(() => new Streams(topology(), { ...config, processingGuarantee: 'exactly_once_v2' }));
  for (const instance of instances) await instance.start();
  await send(
    'orders',
    Array.from({ length: rows }, (_, row) => [`order ${row}`, `customer ${row % 5}`] as const),
  );
  await send(
    'customers',
    Array.from({ length: 5 }, (_, row) => [`customer ${row}`, row % 2 === 0 ? 'jp' : 'at'] as const),
  );
  const consumer = client.consumer({
    autoCommit: false,
    autoOffsetReset: 'earliest',
    isolationLevel: 'read_committed',
  });
  consumer.assign([{ topic: 'named', partition: 0 }]);
  const named = new Map<string, string>();
  await waitFor(
    async () => {
      for (const fetched of await consumer.poll({ timeoutMs: 100 })) {
        const cursor = fetched.records();
        while (cursor.next()) named.set(String(cursor.key), String(cursor.value));
      }
      return named.size === rows;
    },
    { what: 'a result for each row', timeoutMs: 120_000, everyMs: 10 },
  );
  for (const instance of instances) await instance.close();
  for (const each of [consumer, producer, admin]) await each.close();
  const wrong = [...named].filter(([order, name]) => {
    const customer = Number(order.split(' ')[1]) % 5;
    return name !== (customer % 2 === 0 ? 'Japan' : 'Austria');
  });
  expect(wrong).toEqual([]);
});
