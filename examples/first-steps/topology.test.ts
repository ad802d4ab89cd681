import { int64, string } from '@nagare/serdes';
import { StreamsBuilder } from '@nagare/streams';
import type { ClusterTestDriver, TopologyTestDriver } from '@nagare/streams/testing';
import { clusterDriverFixture, testDriverFixture } from '@nagare/streams/vitest';
import { test as base, expect } from 'vitest';

const texts = { key: string, value: string };
const counts = { key: string, value: int64 };

function wordCount() {
  const builder = new StreamsBuilder();
  builder
    .stream('lines', texts)
    .flatMapValues((line) => line.split(' '))
    .groupBy((_key, word) => word, { ...texts, name: 'by-word' })
    .count({ store: 'counts' })
    .toStream()
    .to('counts', counts);
  return builder.build();
}

// A driver for each test, closed when the test is over.
const test = base.extend<{ driver: TopologyTestDriver; cluster: ClusterTestDriver }>({
  driver: testDriverFixture(wordCount),
  cluster: clusterDriverFixture(wordCount, { partitions: 4, instances: 2 }),
});

test('words are counted', ({ driver }) => {
  const output = driver.createOutputTopic('counts', counts);
  driver.createInputTopic('lines', texts).pipeInput(null, 'to be or not to be');

  // Each record has gone through when pipeInput returns.
  expect(output.queueSize).toBe(6);
  expect(output.readKeyValuesToMap().get('be')).toBe(2);
  expect(driver.getKeyValueStore<string, number>('counts').get('to')).toBe(2);
});

test('a word is counted in one place, from whichever partition its line came', ({ cluster }) => {
  cluster.createInputTopic('lines', texts).pipeValueList(['to be', 'or', 'not', 'to be']);
  cluster.run();

  const words = cluster.readTopic('test-by-word-repartition', texts);
  expect(words.filter(({ value }) => value === 'be').map(({ partition }) => partition)).toEqual([0, 0]);
  expect(cluster.getKeyValueStore<string, number>('counts').get('be')).toBe(2);
});

test('what was not committed when an instance died is neither lost nor counted twice', ({ cluster }) => {
  const lines = cluster.createInputTopic('lines', texts);
  const output = cluster.createOutputTopic('counts', counts);
  lines.pipeValueList(['to be', 'or', 'not', 'to be']);
  cluster.process(); // Tasks process what they can read, and commit nothing.
  cluster.crash(0); // Instance 1 has all tasks now, as of the last commit.
  cluster.run(); // Processes and commits until nothing is left to do.

  expect(cluster.instances).toEqual([1]);
  expect(output.readKeyValuesToMap()).toEqual(
    new Map([...['to', 'be'].map((w) => [w, 2]), ...['or', 'not'].map((w) => [w, 1])] as [string, number][]),
  );
});

test('an instance without its disk restores what it needs', ({ cluster }) => {
  cluster.createInputTopic('lines', texts).pipeValueList(['to be', 'or', 'not', 'to be']);
  cluster.run();
  cluster.stop(1);
  cluster.crash(0);
  cluster.start(0, { state: 'lost' });

  expect(cluster.restoredRecords.get('counts')).toBeGreaterThan(3);
  expect(cluster.getKeyValueStore<string, number>('counts').get('be')).toBe(2);
});
