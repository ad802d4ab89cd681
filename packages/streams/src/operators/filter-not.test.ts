import { string } from '@nagare/serdes';
import { expect, test } from 'vitest';
import { oneStream } from '../testing/one-stream.ts';
import { statelessSuite } from '../testing/stateless-suite.ts';

statelessSuite('filterNot', (stream, call) =>
  stream.filterNot((key, value) => {
    call(key, value);
    return false;
  }),
);

test('filterNot stops what the predicate holds for', () => {
  const { input, output } = oneStream((stream) => stream.filterNot((key, value) => key < value), {
    key: string,
    value: string,
  });
  input.pipeKeyValueList([
    ['a', 'b'],
    ['b', 'a'],
    ['c', 'd'],
  ]);
  expect(output.readKeyValuesToList()).toEqual([['b', 'a']]);
});
