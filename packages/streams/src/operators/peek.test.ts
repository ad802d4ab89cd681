import { string } from '@nagare/serdes';
import { expect, test } from 'vitest';
import { oneStream } from '../testing/one-stream.ts';
import { statelessSuite } from '../testing/stateless-suite.ts';

statelessSuite('peek', (stream, call) => stream.peek(call));

test('peek lets every record through, after it has looked', () => {
  const seen: string[] = [];
  const { input, output } = oneStream(
    (stream) =>
      stream
        .peek((key) => void seen.push(`peek ${key}`))
        .mapValues((value, key) => {
          seen.push(`map ${key}`);
          return value;
        }),
    { key: string, value: string },
  );
  input.pipeKeyValueList([
    ['a', 'x'],
    ['b', null],
  ]);
  expect(output.readKeyValuesToList()).toEqual([
    ['a', 'x'],
    ['b', null],
  ]);
  expect(seen).toEqual(['peek a', 'map a', 'peek b', 'map b']);
});
