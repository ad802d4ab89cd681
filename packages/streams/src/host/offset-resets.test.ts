import { string } from '@nagare/serdes';
import { expect, test } from 'vitest';
import { StreamsBuilder } from '../dsl/builder.ts';
import { app } from '../testing/counting-app.ts';
import { FakeCluster } from '../testing/fake-cluster.ts';

const texts = { key: string, value: string };

function clusterWith(...topics: readonly string[]): FakeCluster {
  const cluster = new FakeCluster();
  for (const topic of [...topics, 'out']) cluster.createTopic(topic);
  return cluster;
}

test('a source says where it begins when nothing is committed, and else the configuration does', async () => {
  const builder = new StreamsBuilder();
  builder.stream('news', { ...texts, offsetReset: 'latest' }).to('out', texts);
  builder.stream('orders', texts).to('out', texts);
  const cluster = clusterWith('news', 'orders');
  cluster.append('news', 'k', 'of yesterday');
  cluster.append('orders', 'k', 'waiting');
  await using streams = app(builder.build(), cluster.connect(), {});
  await streams.start();
  await cluster.until(() => cluster.read('out').length === 1 && streams.tasks.length === 2);
  cluster.append('news', 'k', 'of today');
  await cluster.until(() => cluster.read('out').length === 2);
  expect(cluster.read('out').map(([, value]) => value)).toEqual(['waiting', 'of today']);
});

test('what waits in a topic of the application itself is read, wherever its sources begin', async () => {
  const builder = new StreamsBuilder();
  builder
    .stream('in', texts)
    .repartition({ ...texts, name: 'parts', partitions: 1 })
    .to('out', texts);
  const cluster = clusterWith('in', 'app-parts-repartition');
  cluster.append('in', 'k', 'before the start');
  cluster.append('app-parts-repartition', 'k', 'on its way');
  await using streams = app(builder.build(), cluster.connect(), { autoOffsetReset: 'latest' });
  await streams.start();
  await cluster.until(() => cluster.read('out').length === 1);
  expect(cluster.read('out')).toEqual([['k', 'on its way']]);
});
