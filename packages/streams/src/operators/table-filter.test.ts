import { string } from '@nagare/serdes';
import { expect, test } from 'vitest';
import { oneStream } from '../testing/one-stream.ts';

const texts = { key: string, value: string };

test('filter of a table sends no deletion for a row that was never there, where the rows before are known', () => {
  const { driver, output } = oneStream(
    (_, b) =>
      b
        .table('rows', { ...texts, store: 'rows' })
        .filter((_key, value) => value.startsWith('keep'))
        .toStream(),
    texts,
  );
  const rows = driver.createInputTopic('rows', texts);
  rows.pipeKeyValueList([
    ['a', 'drop'],
    ['a', 'keep'],
    ['a', 'drop'],
    ['a', null],
  ]);
  expect(output.readKeyValuesToList()).toEqual([
    ['a', 'keep'],
    ['a', null],
  ]);
});

test('filter of a table sends a deletion for a row that it does not keep, and asks nothing about deletions', () => {
  const asked: string[] = [];
  const keep = (_key: string, value: string) => {
    asked.push(value);
    return value.startsWith('keep');
  };
  const { driver, output } = oneStream((_, b) => b.table('rows', texts).filter(keep).toStream(), texts);
  const rows = driver.createInputTopic('rows', texts);
  rows.pipeKeyValueList([
    ['a', 'keep 1'],
    ['a', 'drop'],
    ['b', 'drop'],
    ['a', null],
  ]);
  expect(output.readKeyValuesToList()).toEqual([
    ['a', 'keep 1'],
    ['a', null],
    ['b', null],
    ['a', null],
  ]);
  expect(asked).toEqual(['keep 1', 'drop', 'drop']);
});
