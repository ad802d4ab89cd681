import { type Broker, createBroker, createVirtualClock } from '@nagare/broker';
import { brokerFixture } from '@nagare/broker/vitest';
import { createClient } from '@nagare/client';
import { string } from '@nagare/serdes';
import { test as base, expect } from 'vitest';

// A broker for each test, in this process and in memory, stopped when the test is over.
const test = base.extend<{ broker: Broker }>({ broker: brokerFixture() });

test('orders arrive', async ({ broker }) => {
  await using producer = createClient({ brokers: broker }).producer();
  await producer.send({ topic: 'orders', messages: [{ key: '7', value: 'placed' }] });

  // Straight from the log: no consumer, no group, no polling until it is there.
  const orders = await broker.topics.read('orders', { key: string, value: string });
  expect(orders.map(({ key, value, offset }) => [key, value, offset])).toEqual([['7', 'placed', 0]]);
});

test('a producer survives a lost answer, and writes once', async ({ broker }) => {
  // The records are in the log, and the connection breaks before the producer is told.
  using lost = broker.faults.disconnect('Produce', { answer: true, times: 1 });
  await using producer = createClient({ brokers: broker }).producer();
  await producer.send({ topic: 'orders', messages: [{ value: 'placed' }] });

  expect(lost.hits).toBe(1);
  expect(await broker.topics.read('orders')).toHaveLength(1);
});

test('orders are gone after a day', async () => {
  const clock = createVirtualClock();
  await using broker = await createBroker({ clock });
  await broker.topics.create('orders', { configs: { 'retention.ms': '86400000' } });
  await broker.topics.append('orders', [{ key: '7', value: 'placed' }]);

  await clock.advance(25 * 3_600_000);
  expect(await broker.topics.read('orders')).toEqual([]);
});

test('each test begins with the same orders', async ({ broker }) => {
  await broker.topics.append('orders', [{ value: 'placed' }, { value: 'paid' }]);
  const snapshot = await broker.snapshot(); // Bytes: keep them in a variable, or in a file.

  await using copy = await createBroker({ snapshot });
  await copy.topics.append('orders', [{ value: 'shipped' }]);
  expect(await copy.topics.read('orders')).toHaveLength(3);
  expect(await broker.topics.read('orders')).toHaveLength(2);
});
