import { string } from '@nagare/serdes';
import { expect, test } from 'vitest';
import { StreamsBuilder } from '../dsl/builder.ts';
import { app } from '../testing/counting-app.ts';
import { FakeCluster } from '../testing/fake-cluster.ts';

const texts = { key: string, value: string };

test.each(['at_least_once', 'exactly_once_v2'] as const)(
  'a record that fails comes back through topics that the application makes, with %s',
  async (processingGuarantee) => {
    let attempts = 0;
    const builder = new StreamsBuilder();
    builder
      .stream('in', { ...texts, retry: { delays: [1, 20] } })
      .mapValues((value) => {
        if (value !== 'bad') return value;
        attempts += 1;
        if (attempts < 3) throw new Error('not yet');
        return 'good at last';
      })
      .to('out', texts);
    const cluster = new FakeCluster();
    cluster.createTopic('in', 2);
    cluster.createTopic('out');
    cluster.append('in', 'k', 'bad', 5, 1);
    cluster.append('in', 'k', 'fine', 6, 1);
    const config = { processingGuarantee };
    await using streams = app(builder.build(), cluster.connect(), config);
    await streams.start();
    await cluster.until(() => cluster.read('out').length === 2);
    expect(new Set(cluster.read('out'))).toEqual(
      new Set([
        ['k', 'fine'],
        ['k', 'good at last'],
      ]),
    );
    expect(['app-in-retry-1', 'app-in-retry-2'].map((topic) => cluster.topics.get(topic)?.partitions.length)).toEqual([
      2, 2,
    ]);
    expect(cluster.topics.get('app-in-retry-1')?.partitions[1]?.records).toHaveLength(1);
  },
);

test('a task that waits for partitions without records does not wait for those of its retries', async () => {
  const builder = new StreamsBuilder();
  builder.stream('in', { ...texts, retry: { delays: ['1h'] } }).to('out', texts);
  const cluster = new FakeCluster();
  for (const topic of ['in', 'out']) cluster.createTopic(topic);
  cluster.append('in', 'k', 'fine', 6);
  await using streams = app(builder.build(), cluster.connect(), { maxTaskIdleMs: 3_600_000 });
  await streams.start();
  await cluster.until(() => cluster.read('out').length === 1);
});
