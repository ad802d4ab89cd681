import { int64, string } from '@nagare/serdes';
import { expect, test } from 'vitest';
import { oneStream } from '../testing/one-stream.ts';

const texts = { key: string, value: string };
const counts = { key: string, value: int64 };

test('count counts the records of each key, through the repartition topic that a new key needs', () => {
  const { input, output, topology } = oneStream(
    (stream) =>
      stream
        .flatMapValues((text) => text.split(' '))
        .groupBy((_key, word) => word, texts)
        .count({ store: 'words' })
        .toStream(),
    counts,
  );
  input.pipeKeyValueList([
    ['1', 'to be or not to be'],
    ['2', 'be'],
  ]);
  expect(output.readKeyValuesToList()).toEqual([
    ['to', 1],
    ['be', 1],
    ['or', 1],
    ['not', 1],
    ['to', 2],
    ['be', 2],
    ['be', 3],
  ]);
  expect(topology.repartitionTopics).toEqual([{ name: 'words-repartition', partitions: undefined }]);
});

test('count does not count records without key or value', () => {
  const { driver, input, output } = oneStream((stream) => stream.groupByKey().count().toStream(), counts);
  input.pipeKeyValueList([
    [null, 'x'],
    ['a', null],
    ['a', 'x'],
  ]);
  expect(output.readKeyValuesToList()).toEqual([['a', 1]]);
  expect([...driver.droppedRecords.values()]).toEqual([1, 1]);
});

test('count goes on after a restart', () => {
  const { driver, input, output } = oneStream((stream) => stream.groupByKey().count().toStream(), counts);
  input.pipeKeyValueList([
    ['a', 'x'],
    ['a', 'y'],
  ]);
  driver.restart();
  input.pipeInput('a', 'z');
  expect(output.readValuesToList()).toEqual([1, 2, 3]);
});
