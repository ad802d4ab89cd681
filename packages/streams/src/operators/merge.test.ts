import { string } from '@nagare/serdes';
import { expect, test } from 'vitest';
import { oneStream } from '../testing/one-stream.ts';

const texts = { key: string, value: string };

test('merge sends the records of both streams once', () => {
  const { driver, input, output } = oneStream((stream, builder) => stream.merge(builder.stream('other', texts)), texts);
  const other = driver.createInputTopic('other', texts);
  input.pipeInput('a', 'in', 1);
  other.pipeInput('b', 'other', 2);
  input.pipeInput('c', null, 3);
  expect(output.readRecordsToList().map(({ key, value, timestamp }) => [key, value, timestamp])).toEqual([
    ['a', 'in', 1],
    ['b', 'other', 2],
    ['c', null, 3],
  ]);
});

test('merge of a stream with what it became sends both, in the order of the graph', () => {
  const { input, output } = oneStream(
    (stream) => stream.mapValues((value) => value.toUpperCase()).merge(stream),
    texts,
  );
  input.pipeInput('a', 'x');
  expect(output.readValuesToList()).toEqual(['X', 'x']);
});

test('merge needs a repartition when either side does', () => {
  const { topology } = oneStream(
    (stream, builder) =>
      stream
        .merge(builder.stream('other', texts).selectKey((_, value) => value))
        .groupByKey(texts)
        .count()
        .toStream()
        .mapValues(String),
    texts,
  );
  expect(topology.repartitionTopics).toHaveLength(1);
});
