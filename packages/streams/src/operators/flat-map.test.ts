import { int32, string } from '@nagare/serdes';
import { expect, test } from 'vitest';
import { oneStream } from '../testing/one-stream.ts';
import { statelessSuite } from '../testing/stateless-suite.ts';

statelessSuite('flatMap', (stream, call) =>
  stream.flatMap((key, value) => {
    call(key, value);
    return [[key, value] as const];
  }),
);

test('flatMap sends each pair in order, at the time of its record', () => {
  const { input, output } = oneStream(
    (stream) => stream.flatMap((key, value) => [...value].map((letter, i) => [i, key + letter] as const)),
    { key: int32, value: string },
  );
  input.pipeInput('a', 'xyz', 7);
  input.pipeInput('b', '', 8);
  expect(output.readRecordsToList()).toEqual([
    { key: 0, value: 'ax', timestamp: 7, headers: [] },
    { key: 1, value: 'ay', timestamp: 7, headers: [] },
    { key: 2, value: 'az', timestamp: 7, headers: [] },
  ]);
});

test('flatMap has sent what a generator gave before it threw, and ends with the error', () => {
  const { input } = oneStream(
    (stream) =>
      stream.flatMap(function* (key, value) {
        yield [key, value] as const;
        throw new Error('boom');
      }),
    { key: string, value: string },
  );
  expect(() => input.pipeInput('a', 'x')).toThrow(expect.objectContaining({ code: 'NAGARE_STREAMS_USER_FUNCTION' }));
});
