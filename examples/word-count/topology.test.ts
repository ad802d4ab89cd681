import { int64, string } from '@nagare/serdes';
import { TopologyTestDriver } from '@nagare/streams/testing';
import { expect, test } from 'vitest';
import { topicsOf, wordCount } from './topology.ts';

const topics = topicsOf('');

function counting() {
  const driver = new TopologyTestDriver(wordCount(topics));
  return {
    driver,
    lines: driver.createInputTopic(topics.lines, { key: string, value: string }),
    counts: driver.createOutputTopic(topics.counts, { key: string, value: int64 }),
  };
}

test('each word is counted up as it comes', () => {
  const { lines, counts } = counting();
  lines.pipeInput('1', 'To the river');
  lines.pipeInput('2', 'to the sea');
  expect(counts.readKeyValuesToList()).toEqual([
    ['to', 1],
    ['the', 1],
    ['river', 1],
    ['to', 2],
    ['the', 2],
    ['sea', 1],
  ]);
});

test('words are what letters make: no marks, no empty ones, any script', () => {
  const { lines, counts } = counting();
  lines.pipeValueList(['', ' — ', '"River," river?', '川 река']);
  expect(counts.readKeyValuesToMap()).toEqual(
    new Map([
      ['river', 2],
      ['川', 1],
      ['река', 1],
    ]),
  );
});

test('counts are in a store, and come back after a restart', () => {
  const { driver, lines } = counting();
  lines.pipeInput('1', 'the river');
  driver.restart();
  lines.pipeInput('2', 'the sea');
  expect([...driver.getKeyValueStore<string, number>('counts').all()]).toEqual([
    ['river', 1],
    ['sea', 1],
    ['the', 2],
  ]);
});
