import { string } from '@nagare/serdes';
import { describe, expect, test } from 'vitest';
import { twoTables } from '../testing/two-tables.ts';

const texts = { key: string, value: string };
/** A row names what stands before its dash. */
const named = (row: string) => row.split('-')[0] || null;
const both = (row: string, other: string | null) => `${row}+${other}`;
const inner = () => twoTables((l, r) => l.joinForeign(r, named, both), texts);
const left = () => twoTables((l, r) => l.leftJoinForeign(r, named, both), texts);

describe('a foreign-key join', () => {
  test('joins a row with the one that it names, at the later of the two times, whichever comes first', () => {
    const tables = inner();
    tables.left.pipeInput('a', 'x-1', 10);
    tables.right.pipeInput('x', 'X', 5);
    tables.left.pipeInput('b', 'x-2', 3);
    expect(tables.output.readRecordsToList().map(({ key, value, timestamp }) => [key, value, timestamp])).toEqual([
      ['a', 'x-1+X', 5],
      ['b', 'x-2+X', 5],
    ]);
  });

  test('tells each row that names a changed one, and no other', () => {
    const tables = inner();
    tables.left.pipeKeyValueList([
      ['a', 'x-1'],
      ['b', 'x-2'],
      ['c', 'xy-3'],
    ]);
    tables.right.pipeInput('x', 'X');
    tables.right.pipeInput('x', null);
    expect(tables.output.readKeyValuesToList()).toEqual([
      ['a', 'x-1+X'],
      ['b', 'x-2+X'],
      ['a', null],
      ['b', null],
    ]);
  });

  test('moves with a row that names another one, and ends with the row', () => {
    const tables = inner();
    tables.right.pipeKeyValueList([
      ['x', 'X'],
      ['y', 'Y'],
    ]);
    tables.left.pipeKeyValueList([
      ['a', 'x-1'],
      ['a', 'y-1'],
      ['a', 'none-1'],
      ['a', 'y-2'],
      ['a', null],
    ]);
    tables.right.pipeInput('y', 'late');
    expect(tables.output.readValuesToList()).toEqual(['x-1+X', 'y-1+Y', null, 'y-2+Y', null]);
  });

  test('drops and counts rows that name none', () => {
    const tables = inner();
    tables.left.pipeInput('a', '-1');
    expect(tables.output.isEmpty).toBe(true);
    expect([...tables.driver.droppedRecords]).toEqual([['null-key', 1]]);
  });

  test('has its subscriptions again after a restart', () => {
    const tables = inner();
    tables.left.pipeInput('a', 'x-1');
    tables.driver.restart();
    tables.right.pipeInput('x', 'X');
    expect(tables.output.readValuesToList()).toEqual(['x-1+X']);
  });

  test('binds the answers to the partitions of one table, and the subscriptions to those of the other', () => {
    const { topology } = inner();
    const [subscriptions, answers] = topology.repartitionTopics.map(({ name }) => name);
    expect(topology.copartitionGroups).toEqual([
      ['right', subscriptions],
      ['left', answers],
    ]);
  });
});

describe('a foreign-key left join', () => {
  test('has a row for each of its table, whether it names one or not', () => {
    const tables = left();
    tables.left.pipeKeyValueList([
      ['a', 'x-1'],
      ['b', '-2'],
    ]);
    tables.right.pipeInput('x', 'X');
    tables.left.pipeInput('a', null);
    expect(tables.output.readKeyValuesToList()).toEqual([
      ['a', 'x-1+null'],
      ['b', '-2+null'],
      ['a', 'x-1+X'],
      ['a', null],
    ]);
  });

  test('gives what it gave before once more when its rows are grouped behind it', () => {
    const tables = twoTables(
      (l, r) =>
        l
          .leftJoinForeign(r, named, both, { value: string })
          .groupBy((_, row) => ['all', row], texts)
          .reduce(
            (sum, row) => `${sum},${row}`,
            (sum, row) => sum.replace(row, '').replace(/^,|,$/, ''),
          ),
      texts,
    );
    tables.left.pipeInput('a', 'x-1');
    tables.left.pipeInput('b', 'x-2');
    tables.right.pipeInput('x', 'X');
    expect(tables.output.readValuesToList().at(-1)).toBe('x-1+X,x-2+X');
  });
});
