import { string } from '@nagare/serdes';
import { expect, test } from 'vitest';
import { oneStream } from '../testing/one-stream.ts';
import { statelessSuite } from '../testing/stateless-suite.ts';

statelessSuite('flatMapValues', (stream, call) =>
  stream.flatMapValues((value, key) => {
    call(key, value);
    return [value];
  }),
);

test('flatMapValues sends each value under the key', () => {
  const { input, output } = oneStream((stream) => stream.flatMapValues((text) => text.split(' ')), {
    key: string,
    value: string,
  });
  input.pipeInput('k', 'to be or', 5);
  expect(output.readKeyValuesToList()).toEqual([
    ['k', 'to'],
    ['k', 'be'],
    ['k', 'or'],
  ]);
});

test('flatMapValues keeps a grouping downstream in the same task', () => {
  const { topology } = oneStream(
    (stream) =>
      stream
        .flatMapValues((text) => text.split(' '))
        .groupByKey()
        .count()
        .toStream()
        .mapValues(String),
    { key: string, value: string },
  );
  expect(topology.repartitionTopics).toEqual([]);
});
