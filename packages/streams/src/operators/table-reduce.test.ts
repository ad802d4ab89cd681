import { string } from '@nagare/serdes';
import { expect, test } from 'vitest';
import { twoTables } from '../testing/two-tables.ts';

const texts = { key: string, value: string };

test('reduce of a grouped table takes the first row as it is, and the others by the two functions', () => {
  const asked: string[] = [];
  const { left, output } = twoTables(
    (l) =>
      l
        .groupBy((_, row) => ['all', row], texts)
        .reduce(
          (sum, row) => {
            asked.push(`+${row}`);
            return sum + row;
          },
          (sum, row) => {
            asked.push(`-${row}`);
            return sum.replace(row, '');
          },
        ),
    texts,
  );
  left.pipeKeyValueList([
    ['a', '1'],
    ['b', '2'],
    ['a', '3'],
  ]);
  expect(output.readValuesToList()).toEqual(['1', '12', '23']);
  expect(asked).toEqual(['+2', '-1', '+3']);
});
