import { int64, string } from '@nagare/serdes';
import { expect, test } from 'vitest';
import { StreamsBuilder } from '../dsl/builder.ts';
import { keyValueStore } from '../state/store-spec.ts';
import type { Topology } from '../topology/topology.ts';
import { TimeWindows } from '../windows/time-windows.ts';
import { type ClusterDriverOptions, ClusterTestDriver } from './cluster-test-driver.ts';

const texts = { key: string, value: string };
const counts = { key: string, value: int64 };

/** Counts the values of `in` by themselves: their keys are of no interest, so they go through a repartition topic. */
function countingValues(): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream('in', texts)
    .groupBy((_key, value) => value, { ...texts, name: 'by-value' })
    .count({ store: 'counts' })
    .toStream()
    .to('out', { value: int64 });
  return builder.build();
}

/** Counts the records of each key of `in`. */
function countingKeys(): Topology {
  const builder = new StreamsBuilder();
  builder.stream('in', texts).groupByKey().count({ store: 'counts' }).toStream().to('out', { value: int64 });
  return builder.build();
}

function started(topology: Topology, options: ClusterDriverOptions = {}) {
  const driver = new ClusterTestDriver(topology, options);
  const rows = () => new Map(driver.getKeyValueStore<string, number>('counts').all());
  return { driver, rows, input: driver.createInputTopic('in', texts), output: driver.createOutputTopic('out', counts) };
}

const manyKeys = Array.from({ length: 20 }, (_, at): [string, string] => [`key ${at}`, 'x']);

test('records go where the partitioner of producers puts them, and those without a key go round', () => {
  const { driver, input } = started(countingKeys(), { partitions: 3 });
  input.pipeKeyValueList([...manyKeys, ...manyKeys]);
  input.pipeValueList(['a', 'b', 'c']);
  const places = new Map<string | null, Set<number>>();
  for (const { key, partition } of driver.readTopic('in', texts)) {
    places.set(key, (places.get(key) ?? new Set()).add(partition));
  }
  expect(places.get(null)).toEqual(new Set([0, 1, 2]));
  places.delete(null);
  expect([...places.values()].every(({ size }) => size === 1)).toBe(true);
  expect(new Set([...places.values()].flatMap((each) => [...each]))).toEqual(new Set([0, 1, 2]));
});

test('a test may choose the partition, and read one', () => {
  const { driver, rows } = started(countingKeys(), { partitions: 2, partitionsOf: { out: 5 } });
  driver.createInputTopic('in', texts, { partition: 1 }).pipeKeyValueList(manyKeys);
  driver.run();
  expect(driver.readTopic('in', { ...texts, partition: 0 })).toEqual([]);
  expect(driver.readTopic('test-counts-changelog', { ...counts, partition: 1 })).toHaveLength(20);
  expect(new Set(driver.readTopic('out', counts).map(({ partition }) => partition)).size).toBeGreaterThan(2);
  expect(rows().size).toBe(20);
  expect(() => driver.readTopic('in', { ...texts, partition: 2 })).toThrow('in has partitions from 0 to 1, not 2');
});

test('records wait until they are processed, and results until they are committed', () => {
  const { driver, input, output } = started(countingKeys());
  input.pipeInput('a', 'x');
  expect(driver.getKeyValueStore<string, number>('counts').get('a')).toBeUndefined();
  expect(driver.process()).toBe(1);
  expect(driver.getKeyValueStore<string, number>('counts').get('a')).toBe(1);
  expect(output.isEmpty).toBe(true);
  expect(driver.readTopic('out', { ...counts, isolation: 'read_uncommitted' })).toHaveLength(1);
  driver.commit();
  expect(output.readKeyValue()).toEqual(['a', 1]);
});

test('repartitioning brings records of many keys together, when the instance that read them has committed', () => {
  const { driver, input, rows } = started(countingValues(), { partitions: 4, instances: 2 });
  input.pipeKeyValueList(manyKeys);
  driver.process();
  const repartitioned = () => driver.readTopic('test-by-value-repartition', texts);
  expect([repartitioned().length, rows().size]).toEqual([0, 0]);
  driver.commit();
  expect(new Set(repartitioned().map(({ partition }) => partition)).size).toBe(1);
  driver.process();
  expect(rows()).toEqual(new Map([['x', 20]]));
});

test('each task counts its own keys, wherever it runs', () => {
  const { driver, input, rows } = started(countingKeys(), { partitions: 4, instances: 3 });
  input.pipeKeyValueList(manyKeys);
  driver.run();
  expect(rows()).toEqual(new Map(manyKeys.map(([key]) => [key, 1])));
  expect([...driver.tasks.keys()]).toEqual(['0_0', '0_1', '0_2', '0_3']);
  expect(new Set(driver.tasks.values())).toEqual(new Set([0, 1, 2]));
});

test('a seed decides which task processes next, and decides it again', () => {
  const order = (seed?: number) => {
    const seen: string[] = [];
    const builder = new StreamsBuilder();
    builder.stream('in', texts).peek((key) => void seen.push(String(key)));
    const driver = new ClusterTestDriver(builder.build(), seed === undefined ? {} : { seed });
    driver.createInputTopic('in', texts).pipeKeyValueList(manyKeys);
    driver.run();
    return seen.join();
  };
  expect(order(1)).toBe(order(1));
  expect(order()).toBe(order());
  expect(new Set([order(), order(1), order(2)]).size).toBe(3);
});

test('a cache sends the last change of a row when it is committed, and none before', () => {
  const { driver, input, output } = started(countingKeys(), { statestoreCacheMaxBytes: 10_000 });
  const twice = (): [string, string][] => [...manyKeys, ...manyKeys];
  input.pipeKeyValueList(twice());
  driver.process();
  expect(driver.readTopic('out', { ...counts, isolation: 'read_uncommitted' })).toEqual([]);
  driver.commit();
  expect(new Set(output.readValuesToList())).toEqual(new Set([2]));
});

test('a cache that is full sends the row that was changed longest ago', () => {
  const { driver, input } = started(countingKeys(), { partitions: 1, statestoreCacheMaxBytes: 1 });
  input.pipeKeyValueList([
    ['a', 'x'],
    ['b', 'x'],
  ]);
  driver.process();
  expect(driver.readTopic('out', { ...counts, isolation: 'read_uncommitted' }).map(({ key }) => key)).toEqual([
    'a',
    'b',
  ]);
});

test('an abort takes outputs, changelogs, offsets and stores back to the last commit, and the work is done again', () => {
  const { driver, input, output, rows } = started(countingKeys(), { partitions: 1 });
  input.pipeInput('a', 'x');
  driver.run();
  input.pipeInput('a', 'y');
  driver.process();
  driver.abort();
  expect(rows()).toEqual(new Map([['a', 1]]));
  driver.run();
  expect(output.readValuesToList()).toEqual([1, 2]);
  const everything = driver.readTopic('out', { ...counts, isolation: 'read_uncommitted' });
  expect(everything.map(({ value }) => value)).toEqual([1, 2, 2]);
  // The mark of the first transaction has the offset 1, that of the aborted one the offset 3.
  expect(driver.readTopic('out', counts).map(({ offset }) => offset)).toEqual([0, 4]);
});

test('behind an open transaction of one instance a committed record of another one waits', () => {
  const builder = new StreamsBuilder();
  builder.stream('in', texts).to('out', texts);
  const driver = new ClusterTestDriver(builder.build(), { partitions: 2, partitionsOf: { out: 1 }, instances: 2 });
  for (const partition of [0, 1]) driver.createInputTopic('in', texts, { partition }).pipeInput('k', `of ${partition}`);
  driver.process();
  const [first = 0, second = 0] = [driver.tasks.get('0_0'), driver.tasks.get('0_1')];
  driver.commit(second);
  expect(driver.readTopic('out', texts)).toEqual([]);
  driver.commit(first);
  expect(driver.readTopic('out', texts).map(({ value }) => value)).toEqual(['of 0', 'of 1']);
});

test('an instance that crashes loses what it has not committed, and goes on with the stores on its disk', () => {
  const { driver, input, output } = started(countingKeys(), { partitions: 1 });
  input.pipeInput('a', 'x');
  driver.run();
  input.pipeInput('a', 'y');
  driver.process();
  driver.crash(0);
  expect(driver.instances).toEqual([]);
  expect(() => driver.getKeyValueStore('counts').get('a')).toThrow('counts, in tasks that run');
  driver.start(0);
  driver.run();
  expect(driver.restoredRecords.get('counts')).toBeUndefined();
  expect(output.readValuesToList()).toEqual([1, 2]);
});

test('a lost disk is restored from the changelog', () => {
  const { driver, input, rows } = started(countingKeys(), { partitions: 1 });
  input.pipeKeyValueList(manyKeys);
  driver.run();
  driver.crash(0);
  driver.start(0, { state: 'lost' });
  expect(driver.restoredRecords).toEqual(new Map([['counts', 20]]));
  expect(rows()).toEqual(new Map(manyKeys.map(([key]) => [key, 1])));
});

test('what a transaction has written to a changelog is not restored when it was aborted', () => {
  const { driver, input, rows } = started(countingKeys(), { partitions: 1 });
  input.pipeInput('a', 'x');
  driver.process();
  driver.abort();
  driver.crash(0);
  driver.start(0, { state: 'lost' });
  expect(driver.readTopic('test-counts-changelog', { ...counts, isolation: 'read_uncommitted' })).toHaveLength(1);
  expect([driver.restoredRecords.size, rows().size]).toEqual([0, 0]);
});

test('others take the tasks of an instance over, and give them back', () => {
  const { driver, input, rows } = started(countingKeys(), { partitions: 4, instances: 2 });
  input.pipeKeyValueList(manyKeys);
  driver.run();
  const before = driver.tasks;
  driver.crash(1);
  expect(new Set(driver.tasks.values())).toEqual(new Set([0]));
  const restored = driver.restoredRecords.get('counts') ?? 0;
  expect(restored).toBeGreaterThan(0);
  expect(restored).toBeLessThan(20);
  input.pipeKeyValueList(manyKeys);
  driver.run();
  driver.start(1);
  expect(driver.tasks).toEqual(before);
  expect(rows()).toEqual(new Map(manyKeys.map(([key]) => [key, 2])));
});

test('an instance that stops commits first', () => {
  const { driver, input, output } = started(countingKeys(), { instances: 2 });
  input.pipeKeyValueList(manyKeys);
  driver.process();
  driver.stop(0);
  driver.stop(1);
  expect(output.queueSize).toBe(20);
});

test('a task moves where a test wants it, and takes its rows along', () => {
  const { driver, input, rows } = started(countingKeys(), { partitions: 1, instances: 2 });
  input.pipeInput('a', 'x');
  driver.process();
  const from = driver.tasks.get('0_0') as number;
  driver.move('0_0', 1 - from);
  expect(driver.tasks.get('0_0')).toBe(1 - from);
  expect(driver.restoredRecords.get('counts')).toBe(1);
  input.pipeInput('a', 'y');
  driver.run();
  expect(rows()).toEqual(new Map([['a', 2]]));
  expect(() => driver.move('7_0', 0)).toThrow('There is no task 7_0; there are 0_0');
});

test('a standby has all that is committed, so that it has nothing to restore', () => {
  const { driver, input, rows } = started(countingKeys(), { partitions: 1, instances: 2, numStandbyReplicas: 1 });
  const owner = driver.tasks.get('0_0') as number;
  expect(driver.standbyTasks).toEqual(new Map([['0_0', [1 - owner]]]));
  input.pipeKeyValueList(manyKeys);
  driver.run();
  driver.crash(owner);
  expect(rows().size).toBe(20);
  expect(driver.restoredRecords.size).toBe(0);
});

test('at least once: what a crash leaves uncommitted is there, and comes again', () => {
  const { driver, input, output } = started(countingKeys(), { partitions: 1, processingGuarantee: 'at_least_once' });
  input.pipeInput('a', 'x');
  driver.process();
  expect(output.queueSize).toBe(1);
  driver.crash(0);
  driver.start(0);
  driver.run();
  expect(output.readValuesToList()).toEqual([1, 1]);
  expect(() => driver.abort()).toThrow("abort() needs processingGuarantee 'exactly_once_v2'");
});

test('an instance whose task fails is gone, and others go on with its tasks', () => {
  let isBroken = true;
  const builder = new StreamsBuilder();
  builder
    .stream('in', texts)
    .mapValues((value) => {
      if (isBroken) throw new Error('no luck');
      return value;
    })
    .to('out', texts);
  const driver = new ClusterTestDriver(builder.build(), { instances: 2 });
  driver.createInputTopic('in', texts).pipeInput('a', 'x');
  expect(() => driver.process()).toThrow('no luck');
  expect(driver.instances).toHaveLength(1);
  isBroken = false;
  driver.run();
  expect(driver.readTopic('out', texts)).toHaveLength(1);
});

test('records that were dropped are counted over all tasks, also those that have ended', () => {
  const { driver, input } = started(countingKeys(), { instances: 2 });
  input.pipeValueList(['a', 'b', 'c']);
  driver.run();
  driver.crash(0);
  expect(driver.droppedRecords).toEqual(new Map([['null-key', 3]]));
});

test('topics that are joined must have equally many partitions', () => {
  const builder = new StreamsBuilder();
  builder
    .stream('left', texts)
    .join(builder.table('right', texts), (left, right) => left + right)
    .to('out', texts);
  const topology = builder.build();
  expect(() => new ClusterTestDriver(topology, { partitionsOf: { right: 2 } })).toThrow('left has 3, right has 2');
});

test('every instance has all rows of a global table', () => {
  const builder = new StreamsBuilder();
  const names = builder.globalTable('names', { ...texts, store: 'names' });
  builder
    .stream('in', texts)
    .joinGlobal(
      names,
      (_key, value) => value,
      (value, name) => `${value} ${name}`,
    )
    .to('out', texts);
  const driver = new ClusterTestDriver(builder.build(), { instances: 2, partitionsOf: { names: 5 } });
  driver.createInputTopic('names', texts).pipeKeyValueList(manyKeys);
  driver.createInputTopic('in', texts).pipeKeyValueList(manyKeys.map(([key]) => [key, key]));
  driver.run();
  expect(driver.readTopic('out', texts)).toHaveLength(20);
  expect(driver.getKeyValueStore('names').get('key 7')).toBe('x');
});

test('windows of all partitions are read as from one store', () => {
  const builder = new StreamsBuilder();
  builder
    .stream('in', texts)
    .groupByKey()
    .windowedBy(TimeWindows.ofSizeAndGrace('10s', '1m'))
    .count({ store: 'windows' });
  const driver = new ClusterTestDriver(builder.build());
  driver.createInputTopic('in', texts, { autoAdvance: '1s' }).pipeKeyValueList(manyKeys);
  driver.run();
  const store = driver.getWindowStore<string, number>('windows');
  expect([...store.fetchAll(0, 20_000)]).toHaveLength(20);
  expect(store.fetch('key 15', 10_000)?.value).toBe(1);
  expect([...store.fetch('key 15', 0, 20_000)].map(({ window }) => window.start)).toEqual([10_000]);
});

test('the wall clock stands still until a test moves it', () => {
  const builder = new StreamsBuilder();
  builder.stream('in', texts).process<string, string>(
    ({ schedule, keyValueStore: storeOf, taskId }) => {
      const times = storeOf<string, string>('times');
      schedule('1s', 'wall-clock-time', (nowMs) => times.put(taskId, String(nowMs)));
      return () => undefined;
    },
    { stores: [keyValueStore({ name: 'times', ...texts })] },
  );
  const driver = new ClusterTestDriver(builder.build(), { partitions: 2, initialWallClockTimeMs: 500 });
  driver.process();
  driver.advanceWallClockTime('3s');
  expect([...driver.getKeyValueStore('times').all()]).toEqual([
    ['0_0', '3500'],
    ['0_1', '3500'],
  ]);
});

test('calls of mapAsync are waited for, and what an abort takes back is called for again', async () => {
  let calls = 0;
  const builder = new StreamsBuilder();
  builder
    .stream('in', texts)
    .mapValuesAsync(
      async (value) => {
        calls += 1;
        return value.toUpperCase();
      },
      { concurrency: 20 },
    )
    .to('out', texts);
  const driver = new ClusterTestDriver(builder.build());
  driver.createInputTopic('in', texts).pipeKeyValueList(manyKeys);
  driver.process();
  expect(() => driver.commit()).toThrow('await settle() before commit()');
  driver.abort();
  await driver.settle();
  expect(driver.readTopic('out', texts).map(({ value }) => value)).toEqual(manyKeys.map(() => 'X'));
  expect(calls).toBe(40);
});

test('a driver that is closed takes nothing more', () => {
  const { driver, input } = started(countingKeys());
  driver.close();
  expect(() => input.pipeInput('a', 'x')).toThrow('the test driver is closed');
  expect(() => driver.process()).toThrow('the test driver is closed');
});

test('topics that the topology does not read cannot be written to', () => {
  const { driver } = started(countingKeys());
  expect(() => driver.createInputTopic('other', texts)).toThrow('the topology does not read other');
});

test('the names of topics with records include internal ones', () => {
  const { driver, input } = started(countingValues());
  input.pipeInput('a', 'x');
  driver.run();
  expect([...driver.topicNames()].sort()).toEqual(['in', 'out', 'test-by-value-repartition', 'test-counts-changelog']);
});
