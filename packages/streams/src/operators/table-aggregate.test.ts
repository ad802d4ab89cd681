import { string } from '@nagare/serdes';
import { expect, test } from 'vitest';
import { twoTables } from '../testing/two-tables.ts';

const texts = { key: string, value: string };

function gathered() {
  return twoTables(
    (left) =>
      left
        .groupBy((_, row) => [row.slice(0, 1), row], texts)
        .aggregate(
          () => '-',
          (_, row, sum) => sum + row,
          (_, row, sum) => (sum === `-${row}` ? null : sum.replace(row, '')),
          { store: 'sums', value: string },
        ),
    texts,
  );
}

test('aggregate of a grouped table takes a row out as it was before it adds it as it is', () => {
  const { left, output } = gathered();
  left.pipeInput('a', 'x1', 10);
  left.pipeInput('b', 'x2', 5);
  left.pipeInput('a', 'x3', 7);
  expect(output.readRecordsToList().map(({ value, timestamp }) => [value, timestamp])).toEqual([
    ['-x1', 10],
    ['-x1x2', 10],
    ['-x2x3', 10],
  ]);
});

test('aggregate of a grouped table deletes a group for which it is given null, and begins anew after it', () => {
  const { driver, left, output } = gathered();
  left.pipeInput('a', 'x1');
  left.pipeInput('a', null);
  left.pipeInput('a', 'x2');
  expect(output.readValuesToList()).toEqual(['-x1', null, '-x2']);
  driver.restart();
  expect(driver.getKeyValueStore('sums').get('x')).toBe('-x2');
});
