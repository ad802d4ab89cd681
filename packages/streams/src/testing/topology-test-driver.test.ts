import { int64, string } from '@nagare/serdes';
import { expect, test } from 'vitest';
import { StreamsBuilder } from '../dsl/builder.ts';
import { TopologyTestDriver } from './topology-test-driver.ts';

const texts = { key: string, value: string };

function counting(): TopologyTestDriver {
  const builder = new StreamsBuilder();
  builder.stream('in', texts).groupByKey().count({ store: 'counts' }).toStream().to('out');
  return new TopologyTestDriver(builder.build());
}

test('a store can be read whole, also where the application reads single keys alone', () => {
  const driver = counting();
  driver.createInputTopic('in', texts).pipeKeyValueList([
    ['b', 'x'],
    ['a', 'x'],
    ['b', 'x'],
  ]);
  const rows = [
    ['a', 1],
    ['b', 2],
  ];
  expect([...driver.getKeyValueStore<string, number>('counts').all()]).toEqual(rows);
  expect([...driver.getAllStateStores().keys()]).toEqual(['counts']);
});

test('produced topics are those that have records, changelogs included', () => {
  const driver = counting();
  expect(driver.producedTopicNames().size).toBe(0);
  driver.createInputTopic('in', texts).pipeInput('a', 'x');
  expect([...driver.producedTopicNames()].sort()).toEqual(['out', 'test-counts-changelog']);
});

test('records are piped as they are read, and values without keys', () => {
  const builder = new StreamsBuilder();
  builder.stream('in', texts).to('out');
  const driver = new TopologyTestDriver(builder.build());
  const input = driver.createInputTopic('in', texts, { startTimeMs: 5, autoAdvance: 10 });
  const output = driver.createOutputTopic('out', texts);
  const headers = [{ key: 'h', value: Buffer.from('x') }];
  input.pipeRecordList([{ key: 'a', value: 'v', timestamp: 7, headers }, { value: 'w' }]);
  input.pipeValueList(['y', null]);
  expect(output.readRecordsToList()).toEqual([
    { key: 'a', value: 'v', timestamp: 7, headers },
    { key: null, value: 'w', timestamp: 5, headers: [] },
    { key: null, value: 'y', timestamp: 15, headers: [] },
    { key: null, value: null, timestamp: 25, headers: [] },
  ]);
});

test('records are read as a map, in which the last value of a key stays', () => {
  const driver = counting();
  const output = driver.createOutputTopic('out', { key: string, value: int64 });
  driver.createInputTopic('in', texts).pipeKeyValueList([
    ['a', 'x'],
    ['b', 'x'],
    ['a', 'x'],
  ]);
  expect(output.readKeyValuesToMap()).toEqual(
    new Map([
      ['a', 2],
      ['b', 1],
    ]),
  );
});

test('a repartition topic before a left join carries records without a key, and before an inner join it does not', () => {
  const builder = new StreamsBuilder();
  const table = builder.table('table', texts);
  const keyless = builder.stream('in', texts).selectKey((key) => (key === 'a' ? null : key) as string);
  keyless.leftJoin(table, (value, row) => `${value}/${row}`, { key: string, name: 'left' }).to('left', texts);
  keyless.join(table, (value, row) => `${value}/${row}`, { key: string, name: 'inner' }).to('inner', texts);
  const driver = new TopologyTestDriver(builder.build());
  driver.createInputTopic('in', texts).pipeInput('a', 'v');
  expect(driver.createOutputTopic('left', texts).readKeyValuesToList()).toEqual([[null, 'v/null']]);
  expect([...driver.producedTopicNames()].sort()).toEqual(['left', 'test-left-repartition']);
});
