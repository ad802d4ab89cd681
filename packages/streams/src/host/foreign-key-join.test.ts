import { string } from '@nagare/serdes';
import { expect, test } from 'vitest';
import { StreamsBuilder } from '../dsl/builder.ts';
import { Streams } from '../streams.ts';
import { FakeCluster } from '../testing/fake-cluster.ts';

const texts = { key: string, value: string };

test('answers of a foreign-key join come back to the partition that the row is in, whatever its key says', async () => {
  const fake = new FakeCluster();
  fake.createTopic('left', 3);
  fake.createTopic('right', 2);
  fake.createTopic('out');
  const builder = new StreamsBuilder();
  const left = builder.table('left', texts);
  left
    .joinForeign(
      builder.table('right', texts),
      (row) => row,
      (row, other) => `${row}+${other}`,
      { name: 'fk' },
    )
    .toStream()
    .to('out', texts);
  const config = { applicationId: 'app', client: fake.connect(), pollMs: 10, commitIntervalMs: 0 };
  await using streams = new Streams(builder.build(), config);
  await streams.start();
  for (const partition of [0, 1, 2]) fake.append('left', `row ${partition}`, 'x', 1, partition);
  const rightPartition = () => fake.topics.get('app-fk-subscription-registration-topic')?.partitions ?? [];
  await fake.until(() => rightPartition().reduce((sum, { records }) => sum + records.length, 0) === 3);
  const partition = rightPartition().findIndex(({ records }) => records.length > 0);
  fake.append('right', 'x', 'X', 2, partition);
  await fake.until(() => fake.read('out').length === 3);
  expect(fake.read('out').sort()).toEqual([0, 1, 2].map((row) => [`row ${row}`, 'x+X']));
  const answers = fake.topics.get('app-fk-subscription-response-topic')?.partitions ?? [];
  expect(answers.map(({ records }) => records.map(({ key }) => String(key)))).toEqual([
    ['row 0'],
    ['row 1'],
    ['row 2'],
  ]);
});
