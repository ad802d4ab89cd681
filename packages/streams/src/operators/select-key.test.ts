import { int32, string } from '@nagare/serdes';
import { expect, test } from 'vitest';
import { oneStream } from '../testing/one-stream.ts';
import { statelessSuite } from '../testing/stateless-suite.ts';

statelessSuite('selectKey', (stream, call) =>
  stream.selectKey((key, value) => {
    call(key, value);
    return key;
  }),
);

test('selectKey replaces the key and keeps the value', () => {
  const { input, output } = oneStream((stream) => stream.selectKey((_key, value) => value.length), {
    key: int32,
    value: string,
  });
  input.pipeInput('a', 'xyz', 7);
  expect(output.readRecord()).toEqual({ key: 3, value: 'xyz', timestamp: 7, headers: [] });
});
