import { string } from '@nagare/serdes';
import { describe, expect, test } from 'vitest';
import { StreamsBuilder } from '../dsl/builder.ts';
import type { GlobalKTable } from '../dsl/global-table.ts';
import type { KStream } from '../dsl/stream.ts';
import { oneStream } from '../testing/one-stream.ts';

const texts = { key: string, value: string };
type Texts = KStream<string, string>;
const select = (_key: string, value: string) => (value === '' ? null : value.slice(0, 1));
const both = (value: string, row: string | null, key: string) => `${key}:${value}/${row}`;

function joining(join: (stream: Texts, table: GlobalKTable<string, string>) => Texts) {
  const one = oneStream((stream, b) => join(stream, b.globalTable('rows', { ...texts, store: 'kept' })), texts);
  return { ...one, rows: one.driver.createInputTopic('rows', texts) };
}

describe('a join with a global table', () => {
  test('finds the row of the key that is selected, and keeps the key and time of the record', () => {
    const { rows, input, output } = joining((stream, table) => stream.joinGlobal(table, select, both));
    rows.pipeInput('x', 'row', 100);
    input.pipeInput('a', 'x1', 5);
    input.pipeInput('a', 'y1', 6);
    rows.pipeInput('x', null, 101);
    input.pipeInput('a', 'x2', 7);
    expect(output.readRecordsToList().map(({ key, value, timestamp }) => [key, value, timestamp])).toEqual([
      ['a', 'a:x1/row', 5],
    ]);
  });

  test('drops and counts records without a value or a selected key', () => {
    const { driver, input, output } = joining((stream, table) => stream.joinGlobal(table, select, both));
    input.pipeKeyValueList([
      ['a', null],
      ['a', ''],
    ]);
    expect(output.isEmpty).toBe(true);
    expect([...driver.droppedRecords]).toEqual([
      ['null-value', 1],
      ['null-key', 1],
    ]);
  });

  test('counts rows without a key, which its table leaves out', () => {
    const { driver, rows } = joining((stream, table) => stream.joinGlobal(table, select, both));
    rows.pipeInput(null, 'row', 100);
    expect([...driver.droppedRecords]).toEqual([['null-key', 1]]);
  });

  test('gives null to the joiner of a left join where there is no row, and where no key is selected', () => {
    const { input, output } = joining((stream, table) => stream.leftJoinGlobal(table, select, both));
    input.pipeKeyValueList([
      ['a', 'x'],
      ['a', ''],
      [null, 'x'],
    ]);
    expect(output.readValuesToList()).toEqual(['a:x/null', 'a:/null', 'null:x/null']);
  });

  test('needs neither a task nor a repartition topic for its table, and is described as Kafka Streams does', () => {
    const { topology } = joining((stream, table) =>
      stream.selectKey((_, value) => value).joinGlobal(table, select, both),
    );
    expect(topology.repartitionTopics).toEqual([]);
    expect(topology.subTopologies.map(({ id, stores }) => [id, stores])).toEqual([[0, []]]);
    expect(topology.describe().toString()).toContain(
      '  Sub-topology: 1 for global store (will not generate tasks)\n    Source: KSTREAM-SOURCE-0000000001 (topics: [rows])\n',
    );
  });

  test('has its rows for tests to read, also after a restart', () => {
    const { driver, rows } = joining((stream, table) => stream.joinGlobal(table, select, both));
    rows.pipeInput('x', 'row', 100);
    driver.restart();
    expect(driver.getKeyValueStore('kept').getWithTimestamp('x')).toEqual({ value: 'row', timestamp: 100 });
  });

  test('is refused when its topic is read by another source', () => {
    const refused = expect.objectContaining({ code: 'NAGARE_STREAMS_TOPOLOGY' });
    const first = new StreamsBuilder();
    first.stream('rows', texts);
    expect(() => first.globalTable('rows', texts)).toThrow(refused);
    const second = new StreamsBuilder();
    second.globalTable('rows', texts);
    expect(() => second.stream('rows', texts)).toThrow(refused);
  });
});
