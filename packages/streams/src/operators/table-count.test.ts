import { int64, string } from '@nagare/serdes';
import { expect, test } from 'vitest';
import { twoTables } from '../testing/two-tables.ts';

const texts = { key: string, value: string };

test('count of a grouped table goes down when a row goes, and stays at 0', () => {
  const { left, output } = twoTables((l) => l.groupBy((_, row) => [row, row], texts).count(), {
    key: string,
    value: int64,
  });
  left.pipeKeyValueList([
    ['a', 'x'],
    ['b', 'x'],
    ['a', 'y'],
    ['b', null],
  ]);
  expect(output.readKeyValuesToList()).toEqual([
    ['x', 1],
    ['x', 2],
    ['x', 1],
    ['y', 1],
    ['x', 0],
  ]);
});
