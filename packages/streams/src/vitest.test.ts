import { string } from '@nagare/serdes';
import { test as base, expect } from 'vitest';
import { StreamsBuilder } from './dsl/builder.ts';
import type { ClusterTestDriver } from './testing/cluster-test-driver.ts';
import type { TopologyTestDriver } from './testing/topology-test-driver.ts';
import { clusterDriverFixture, testDriverFixture } from './vitest.ts';

const texts = { key: string, value: string };
const builder = new StreamsBuilder();
builder
  .stream('words', texts)
  .mapValues((word) => word.toUpperCase())
  .to('shouts', texts);
const topology = builder.build();

const test = base.extend<{ driver: TopologyTestDriver; cluster: ClusterTestDriver }>({
  driver: testDriverFixture(topology),
  cluster: clusterDriverFixture(() => topology, { partitions: 7 }),
});

const earlier: Disposable[] = [];

test('a test has a driver of its own', ({ driver, cluster }) => {
  earlier.push(driver, cluster);
  driver.createInputTopic('words', texts).pipeInput('k', 'hello');
  expect(driver.createOutputTopic('shouts', texts).readValue()).toBe('HELLO');
  cluster.createInputTopic('words', texts).pipeInput('k', 'hello');
  cluster.run();
  expect(cluster.readTopic('shouts', texts)).toHaveLength(1);
  expect(cluster.tasks.size).toBe(7);
});

test('the one of the test before is closed', ({ driver }) => {
  const [before, cluster] = earlier as [TopologyTestDriver, ClusterTestDriver];
  expect(driver.createOutputTopic('shouts', texts).isEmpty).toBe(true);
  expect(() => before.createInputTopic('words', texts).pipeInput('k', 'x')).toThrow('the test driver is closed');
  expect(() => cluster.process()).toThrow('the test driver is closed');
});
