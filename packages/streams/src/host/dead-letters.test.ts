import { string } from '@nagare/serdes';
import { expect, test } from 'vitest';
import { StreamsBuilder } from '../dsl/builder.ts';
import { Streams } from '../streams.ts';
import { FakeCluster } from '../testing/fake-cluster.ts';

const texts = { key: string, value: string };

test('a dead letter is part of the transaction of its record', async () => {
  const fake = new FakeCluster();
  for (const topic of ['in', 'out', 'dead']) fake.createTopic(topic);
  fake.commitFailures.push('NAGARE_CLIENT_FENCED');
  fake.append('in', 'a', 'bad', 1);
  fake.append('in', 'b', 'good', 2);
  const builder = new StreamsBuilder();
  builder
    .stream('in', texts)
    .mapValues((value) => {
      if (value === 'bad') throw new Error('no');
      return value;
    })
    .to('out', texts);
  await using streams = new Streams(builder.build(), {
    applicationId: 'app',
    client: fake.connect(),
    'processing.guarantee': 'exactly_once_v2',
    'commit.interval.ms': 0,
    'poll.ms': 10,
    'processing.exception.handler': 'dead-letter',
    'errors.dead.letter.queue.topic.name': 'dead',
  });
  await streams.start();
  await fake.until(() => fake.committed.get('0 in')?.offset === 2);
  expect(fake.commitFailures).toEqual([]);
  expect(fake.read('dead')).toEqual([['a', 'bad']]);
  expect(fake.read('out')).toEqual([['b', 'good']]);
  expect(streams.droppedRecords.get('processing')).toBeGreaterThan(0);
});
