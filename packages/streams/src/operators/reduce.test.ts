import { string } from '@nagare/serdes';
import { expect, test } from 'vitest';
import { oneStream } from '../testing/one-stream.ts';

const texts = { key: string, value: string };

test('reduce takes the first value as it is, then combines', () => {
  const { input, output } = oneStream(
    (stream) =>
      stream
        .groupByKey()
        .reduce((a, b) => `${a}${b}`)
        .toStream(),
    texts,
  );
  input.pipeKeyValueList([
    ['a', '1'],
    ['a', '2'],
    ['b', '3'],
    ['a', '4'],
  ]);
  expect(output.readKeyValuesToList()).toEqual([
    ['a', '1'],
    ['a', '12'],
    ['b', '3'],
    ['a', '124'],
  ]);
});

test('reduce deletes on null, drops what has no key or value, and goes on after a restart', () => {
  const { driver, input, output } = oneStream(
    (stream) =>
      stream
        .groupByKey()
        .reduce((a, b) => (b === 'reset' ? null : a + b))
        .toStream(),
    texts,
  );
  input.pipeKeyValueList([
    ['a', '1'],
    ['a', 'reset'],
    ['a', '2'],
  ]);
  driver.restart();
  input.pipeKeyValueList([
    ['a', '3'],
    [null, 'x'],
    ['a', null],
  ]);
  expect(output.readValuesToList()).toEqual(['1', null, '2', '23']);
});
