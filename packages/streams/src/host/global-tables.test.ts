import { string } from '@nagare/serdes';
import { expect, test } from 'vitest';
import type { StreamsConfig } from '../config.ts';
import { StreamsBuilder } from '../dsl/builder.ts';
import { Streams } from '../streams.ts';
import { FakeCluster } from '../testing/fake-cluster.ts';

const texts = { key: string, value: string };

function cluster(): FakeCluster {
  const made = new FakeCluster();
  made.createTopic('in');
  made.createTopic('rows', 2);
  made.createTopic('out');
  return made;
}

function joining(fake: FakeCluster, given: Partial<StreamsConfig> = {}): Streams {
  const builder = new StreamsBuilder();
  const rows = builder.globalTable('rows', texts);
  builder
    .stream('in', texts)
    .leftJoinGlobal(
      rows,
      (_, value) => value,
      (value, row) => `${value}/${row}`,
    )
    .to('out', texts);
  const config = { applicationId: 'app', client: fake.connect(), pollMs: 10, commitIntervalMs: 0 };
  return new Streams(builder.build(), { ...config, ...given });
}

test('a global table is read to its end, from all partitions, before the first record is processed', async () => {
  const fake = cluster();
  fake.append('rows', 'x', 'old', 1, 0);
  fake.append('rows', 'x', 'X', 2, 0);
  fake.append('rows', 'y', 'Y', 3, 1);
  for (const key of ['x', 'y', 'z']) fake.append('in', 'k', key);
  await using streams = joining(fake);
  await streams.start();
  await fake.until(() => fake.read('out').length === 3);
  expect(fake.read('out').map(([, value]) => value)).toEqual(['x/X', 'y/Y', 'z/null']);
});

test('a global table is read on while tasks run, and has no offsets in the group', async () => {
  const fake = cluster();
  await using streams = joining(fake);
  await streams.start();
  fake.append('rows', 'x', 'X');
  let asked = 0;
  const hasRow = () => {
    const answers = fake.read('out');
    if (answers.length === asked) {
      asked += 1;
      fake.append('in', 'k', 'x');
    }
    return answers.some(([, value]) => value === 'x/X');
  };
  await fake.until(hasRow);
  expect([...fake.committed.keys()].filter((name) => name.includes('rows'))).toEqual([]);
});

test('under exactly_once_v2 a global table does not wait for a transaction that somebody else has left open', async () => {
  const fake = cluster();
  fake.append('rows', 'x', 'X');
  fake.partition({ topic: 'rows', partition: 0 }).undecided = 3;
  fake.append('in', 'k', 'x');
  await using streams = joining(fake, { processingGuarantee: 'exactly_once_v2' });
  await streams.start();
  await fake.until(() => fake.read('out').length === 1);
  expect(fake.read('out')).toEqual([['k', 'x/X']]);
});

test('an application whose global table has no topic does not start', async () => {
  const fake = new FakeCluster();
  fake.createTopic('in');
  await expect(joining(fake).start()).rejects.toMatchObject({ code: 'NAGARE_STREAMS_TOPIC_MISSING' });
});
