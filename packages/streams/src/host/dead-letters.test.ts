import { int64, string } from '@nagare/serdes';
import { describe, expect, test } from 'vitest';
import { StreamsBuilder } from '../dsl/builder.ts';
import { Streams } from '../streams.ts';
import { app, cluster, committedOffset } from '../testing/counting-app.ts';
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

describe('a record that cannot be deserialized', () => {
  const five = '\0\0\0\0\0\0\0\x05';
  const numbers = () => {
    const builder = new StreamsBuilder();
    builder.stream('in', { key: string, value: int64 }).to('out', { key: string, value: int64 });
    return builder.build();
  };

  test('ends the application, and says where it is', async () => {
    const fake = cluster();
    const streams = app(numbers(), fake.connect());
    fake.append('in', 'a', 'not eight bytes long');
    await streams.start();
    await expect(streams.finished).rejects.toMatchObject({
      code: 'NAGARE_STREAMS_DESERIALIZATION',
      message: expect.stringContaining('in-0 at offset 0'),
    });
  });

  test('is dropped and counted when the handler says so, and is not read again', async () => {
    const fake = cluster();
    fake.append('in', 'a', 'bad');
    fake.append('in', 'b', five);
    fake.append('in', 'c', 'bad');
    const decisions: number[] = [];
    await using streams = app(numbers(), fake.connect(), {
      deserializationExceptionHandler: (_error, { offset }) => {
        decisions.push(offset);
        return 'continue';
      },
    });
    await streams.start();
    await fake.until(() => committedOffset(fake, '0 in') === 3);
    expect(fake.read('out')).toEqual([['b', five]]);
    expect(decisions).toEqual([0, 2]);
    expect([...streams.droppedRecords]).toEqual([['deserialization', 2]]);
    await streams.close();
    expect([...streams.droppedRecords]).toEqual([['deserialization', 2]]);
  });

  test('goes to the topic of dead letters with its bytes and the reason', async () => {
    const fake = cluster();
    fake.createTopic('dead');
    fake.append('in', 'a', 'bad', 3);
    await using streams = app(numbers(), fake.connect(), {
      deserializationExceptionHandler: 'dead-letter',
      errorsDeadLetterQueueTopicName: 'dead',
    });
    await streams.start();
    await fake.until(() => committedOffset(fake, '0 in') === 1);
    const [letter] = fake.partition({ topic: 'dead', partition: 0 }).records;
    expect(letter).toMatchObject({ key: Buffer.from('a'), value: Buffer.from('bad'), timestamp: 3 });
    const headers = new Map(letter?.headers.map(({ key, value }) => [key, value?.toString()]));
    expect(headers.get('__streams.errors.exception')).toBe('SerdeError');
    expect(headers.get('__streams.errors.offset')).toBe('0');
  });
});
