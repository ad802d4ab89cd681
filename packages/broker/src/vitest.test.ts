import { test as base, expect } from 'vitest';
import type { Broker } from './create-broker.ts';
import { brokerFixture } from './vitest.ts';

const test = base.extend<{ broker: Broker; shared: Broker }>({
  broker: brokerFixture(),
  shared: [brokerFixture({ settings: { 'num.partitions': 3 } }), { scope: 'file' }],
});

const ports = new Set<number>();

test('each test has a broker of its own', async ({ broker, shared }) => {
  ports.add(broker.address.port);
  await broker.topics.append('t', [{ value: 'x' }]);
  await shared.topics.append('t', [{ value: 'x' }]);
  expect(await broker.topics.read('t')).toHaveLength(1);
});

test('or shares one with the others of the file', async ({ broker, shared }) => {
  expect(broker.topics.list()).toEqual([]);
  expect(shared.topics.list()).toEqual(['t']);
});
