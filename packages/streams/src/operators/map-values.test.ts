import { int32, string } from '@nagare/serdes';
import { expect, expectTypeOf, test } from 'vitest';
import type { KStream } from '../dsl/stream.ts';
import { oneStream } from '../testing/one-stream.ts';
import { statelessSuite } from '../testing/stateless-suite.ts';

statelessSuite('mapValues', (stream, call) =>
  stream.mapValues((value, key) => {
    call(key, value);
    return value;
  }),
);

test('mapValues replaces the value and its type, and keeps the key', () => {
  const { input, output } = oneStream(
    (stream) => {
      const mapped = stream.mapValues((value) => value.length);
      expectTypeOf(mapped).toEqualTypeOf<KStream<string, number>>();
      return mapped;
    },
    { key: string, value: int32 },
  );
  input.pipeInput('a', 'xyz', 7);
  expect(output.readRecord()).toEqual({ key: 'a', value: 3, timestamp: 7, headers: [] });
});

test('mapValues keeps a grouping downstream in the same task', () => {
  const { topology } = oneStream(
    (stream) =>
      stream
        .mapValues((value) => value)
        .groupByKey()
        .count()
        .toStream()
        .mapValues(String),
    { key: string, value: string },
  );
  expect(topology.repartitionTopics).toEqual([]);
});

test('mapValues loses the serde of the value, and says how to give one', () => {
  expect(() =>
    oneStream(
      (stream) => {
        stream.mapValues((value) => value.length).to('lengths');
        return stream;
      },
      { key: string, value: string },
    ),
  ).toThrow('to() needs the serde of its values: pass { value: … }');
});
