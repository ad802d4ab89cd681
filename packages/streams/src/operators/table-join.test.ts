import { int64, string } from '@nagare/serdes';
import { describe, expect, test } from 'vitest';
import { twoTables } from '../testing/two-tables.ts';

const texts = { key: string, value: string };
const both = (left: string | null, right: string | null) => `${left}/${right}`;

describe('a join of tables', () => {
  test('changes with either side, at the later of the two times, and ends with either', () => {
    const { left, right, output } = twoTables((l, r) => l.join(r, both), texts);
    left.pipeInput('a', '1', 10);
    right.pipeInput('a', 'x', 5);
    right.pipeInput('a', 'y', 20);
    left.pipeInput('a', null, 15);
    right.pipeInput('a', null, 30);
    expect(output.readRecordsToList().map(({ value, timestamp }) => [value, timestamp])).toEqual([
      ['1/x', 10],
      ['1/y', 20],
      [null, 20],
    ]);
  });

  test('gives the joiner the key', () => {
    const { left, right, output } = twoTables((l, r) => l.join(r, (x, y, key) => key + x + y), texts);
    left.pipeInput('a', '1');
    right.pipeInput('a', '2');
    expect(output.readValuesToList()).toEqual(['a12']);
  });

  test('is kept where it is given a store, and has its rows again after a restart', () => {
    const { driver, left, right } = twoTables((l, r) => l.join(r, both, { store: 'joined', ...texts }), texts);
    left.pipeInput('a', '1', 1);
    right.pipeInput('a', 'x', 2);
    driver.restart();
    expect(driver.getKeyValueStore('joined').getWithTimestamp('a')).toEqual({ value: '1/x', timestamp: 2 });
  });

  test('tells a grouping behind it what was before', () => {
    const { left, right, output } = twoTables(
      (l, r) =>
        l
          .join(r, both)
          .groupBy((_, row) => [row, row], texts)
          .count(),
      { key: string, value: int64 },
    );
    left.pipeInput('a', '1');
    right.pipeInput('a', 'x');
    right.pipeInput('a', 'y');
    expect(output.readRecordsToList().map(({ key }) => key)).toEqual(['1/x', '1/x', '1/y']);
  });

  test('binds both tables to equal partitions', () => {
    const { topology } = twoTables((l, r) => l.join(r, both), texts);
    expect(topology.copartitionGroups).toEqual([['left', 'right']]);
  });
});

describe('a left join of tables', () => {
  test('has a row for each of the left table', () => {
    const { left, right, output } = twoTables((l, r) => l.leftJoin(r, both), texts);
    right.pipeInput('a', 'x');
    left.pipeInput('a', '1');
    right.pipeInput('a', null);
    left.pipeInput('a', null);
    expect(output.readValuesToList()).toEqual(['1/x', '1/null', null]);
  });
});

describe('an outer join of tables', () => {
  test('has a row for each of either table, and deletes it when both are gone', () => {
    const { left, right, output } = twoTables((l, r) => l.outerJoin(r, both), texts);
    right.pipeInput('a', 'x');
    left.pipeInput('a', '1');
    right.pipeInput('a', null);
    left.pipeInput('a', null);
    left.pipeInput('a', null);
    expect(output.readValuesToList()).toEqual(['null/x', '1/x', '1/null', null]);
  });
});
