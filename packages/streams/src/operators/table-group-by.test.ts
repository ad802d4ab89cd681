import { int64, json, string } from '@nagare/serdes';
import { expect, test } from 'vitest';
import { changeSerde } from '../state/change-serde.ts';
import { twoTables } from '../testing/two-tables.ts';

const texts = { key: string, value: string };

test('groupBy of a table takes a row from its old group before it adds it to the new one', () => {
  const { driver, left } = twoTables((l) => l.groupBy((_, row) => [row, row], texts).count({ store: 'n' }), {
    key: string,
    value: int64,
  });
  const sent = driver.createOutputTopic('test-n-repartition', { key: string, value: changeSerde(string) });
  left.pipeInput('a', 'x');
  left.pipeInput('a', 'y');
  left.pipeInput('a', null);
  expect(sent.readKeyValuesToList()).toEqual([
    ['x', { newValue: 'x', oldValue: null, isLatest: true }],
    ['x', { newValue: null, oldValue: 'x', isLatest: true }],
    ['y', { newValue: 'y', oldValue: null, isLatest: true }],
    ['y', { newValue: null, oldValue: 'y', isLatest: true }],
  ]);
});

test('groupBy of a table sends one record where the group stays, also when groups are objects', () => {
  const group = json<{ readonly of: string }>();
  const { driver, left } = twoTables(
    (l) => l.groupBy((_, row) => [{ of: row.slice(0, 1) }, row], { key: group, value: string }).count({ store: 'n' }),
    { key: group, value: int64 },
  );
  const sent = driver.createOutputTopic('test-n-repartition', { key: group, value: changeSerde(string) });
  left.pipeInput('a', 'x1');
  left.pipeInput('a', 'x2');
  expect(sent.readValuesToList()).toEqual([
    { newValue: 'x1', oldValue: null, isLatest: true },
    { newValue: 'x2', oldValue: 'x1', isLatest: true },
  ]);
});

test('groupBy of a table leaves out rows without a group or a value', () => {
  const { left, output } = twoTables(
    (l) =>
      l
        .groupBy((_, row) => [row === 'x' ? null : 'g', row === 'y' ? null : row], texts)
        .reduce(
          (a) => a,
          (a) => a,
        ),
    texts,
  );
  left.pipeKeyValueList([
    ['a', 'x'],
    ['b', 'y'],
    ['c', 'z'],
  ]);
  expect(output.readKeyValuesToList()).toEqual([['g', 'z']]);
});
