import { string } from '@nagare/serdes';
import { describe, expect, test } from 'vitest';
import { oneStream } from '../testing/one-stream.ts';

const texts = { key: string, value: string };

function table(options: { store?: string } = {}) {
  const one = oneStream((_, b) => b.table('rows', { ...texts, ...options }).toStream(), texts);
  return { ...one, rows: one.driver.createInputTopic('rows', texts) };
}

describe('a table', () => {
  test('sends each change, deletions as null, and drops records without a key', () => {
    const { driver, rows, output } = table();
    rows.pipeKeyValueList([
      ['a', '1'],
      ['a', null],
      [null, 'x'],
      ['a', '2'],
    ]);
    expect(output.readKeyValuesToList()).toEqual([
      ['a', '1'],
      ['a', null],
      ['a', '2'],
    ]);
    expect([...driver.droppedRecords]).toEqual([['null-key', 1]]);
  });

  test('keeps no rows when no one asks for them', () => {
    expect(table().topology.subTopologies.flatMap(({ stores }) => stores)).toEqual([]);
  });

  test('keeps its rows when its store is named, and applies late ones all the same', () => {
    const { driver, rows } = table({ store: 'rows-store' });
    rows.pipeInput('a', 'new', 10);
    rows.pipeInput('a', 'late', 5);
    expect(driver.getKeyValueStore('rows-store').getWithTimestamp('a')).toEqual({ value: 'late', timestamp: 5 });
  });
});
