import { string } from '@nagare/serdes';
import { expect, test } from 'vitest';
import { StreamsBuilder } from '../dsl/builder.ts';
import { Streams } from '../streams.ts';
import { FakeCluster } from '../testing/fake-cluster.ts';

const texts = { key: string, value: string };

function pricing() {
  const builder = new StreamsBuilder();
  const prices = builder.table('prices', { ...texts, store: 'rows', history: '1m' });
  builder
    .stream('orders', texts)
    .join(prices, (order, price) => `${order} at ${price}`)
    .to('out', texts);
  return builder.build();
}

test('under exactly_once_v2 the next process knows the past of a versioned table, and refuses what the first one refused', async () => {
  const fake = new FakeCluster();
  for (const topic of ['prices', 'orders', 'out']) fake.createTopic(topic);
  const app = () => {
    const config = { applicationId: 'app', processingGuarantee: 'exactly_once_v2', pollMs: 10 } as const;
    return new Streams(pricing(), { ...config, client: fake.connect(), commitIntervalMs: 0 });
  };
  const changelog = () => fake.topics.get('app-rows-changelog');
  {
    await using first = app();
    await first.start();
    fake.append('prices', 'tea', '2', 100_000);
    fake.append('prices', 'tea', '1', 50_000);
    fake.append('prices', 'tea', '0', 39_999);
    await fake.until(() => changelog()?.partitions[0]?.records.length === 3);
  }
  expect(changelog()?.configs).toMatchObject({ 'cleanup.policy': 'compact', 'min.compaction.lag.ms': '86460000' });
  await using second = app();
  await second.start();
  fake.append('orders', 'tea', 'late', 60_000);
  fake.append('orders', 'tea', 'too early', 45_000);
  fake.append('orders', 'tea', 'now', 100_000);
  await fake.until(() => fake.read('out').length === 2);
  expect(fake.read('out')).toEqual([
    ['tea', 'late at 1'],
    ['tea', 'now at 2'],
  ]);
});

test('what a versioned table refused goes to the changelog once', async () => {
  const fake = new FakeCluster();
  for (const topic of ['prices', 'orders', 'out']) fake.createTopic(topic);
  const config = { applicationId: 'app', pollMs: 10, commitIntervalMs: 0 } as const;
  await using streams = new Streams(pricing(), { ...config, client: fake.connect() });
  await streams.start();
  for (const [count, timestamp] of [100_000, 39_999, 39_998, 100_001].entries()) {
    fake.append('prices', 'tea', `${count}`, timestamp);
    await fake.until(() => fake.committed.get('0 prices')?.offset === count + 1);
  }
  expect(fake.read('app-rows-changelog').map(([, value]) => value)).toEqual(['0', '1', '2', '3']);
});
