import { int32, string } from '@nagare/serdes';
import { expect, expectTypeOf, test } from 'vitest';
import type { KStream } from '../dsl/stream.ts';
import { oneStream } from '../testing/one-stream.ts';
import { statelessSuite } from '../testing/stateless-suite.ts';

statelessSuite('map', (stream, call) =>
  stream.map((key, value) => {
    call(key, value);
    return [key, value];
  }),
);

test('map replaces key and value, and their types', () => {
  const { input, output } = oneStream(
    (stream) => {
      const mapped = stream.map((key, value) => [value.length, `${key}${value}`]);
      expectTypeOf(mapped).toEqualTypeOf<KStream<number, string>>();
      return mapped;
    },
    { key: int32, value: string },
  );
  input.pipeInput('a', 'xyz', 7);
  expect(output.readRecord()).toEqual({ key: 3, value: 'axyz', timestamp: 7, headers: [] });
});

test('map makes a grouping downstream go through a repartition topic', () => {
  const { topology } = oneStream(
    (stream) =>
      stream
        .map((key, value) => [value, key])
        .groupByKey({ key: string, value: string })
        .count()
        .toStream()
        .mapValues(String),
    { key: string, value: string },
  );
  expect(topology.repartitionTopics).toHaveLength(1);
});
