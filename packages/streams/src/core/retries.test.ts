import { int64, string } from '@nagare/serdes';
import { describe, expect, test } from 'vitest';
import { StreamsBuilder } from '../dsl/builder.ts';
import type { RetryOptions } from '../dsl/retry-options.ts';
import type { KStream } from '../dsl/stream.ts';
import { ClusterTestDriver } from '../testing/cluster-test-driver.ts';
import { type TestDriverOptions, TopologyTestDriver } from '../testing/topology-test-driver.ts';
import type { FailedRecord } from './failures.ts';

const texts = { key: string, value: string };
const hourly: RetryOptions = { delays: ['1h', '2h'] };

/** A service that refuses some values, until it is told otherwise. */
function office() {
  const refused = new Set<string>();
  const asked: string[] = [];
  const ask = (value: string) => {
    asked.push(value);
    if (refused.has(value)) throw new RangeError(`no ${value} today`);
    return value.toUpperCase();
  };
  return { refused, asked, ask };
}

type Build = (stream: KStream<string, string>) => KStream<string, string>;

function topologyOf(build: Build, retry: RetryOptions) {
  const builder = new StreamsBuilder();
  build(builder.stream('in', { ...texts, retry })).to('out', texts);
  return builder.build();
}

function asking(options: TestDriverOptions & { readonly retry?: RetryOptions } = {}, build?: Build) {
  const service = office();
  const topology = topologyOf(build ?? ((stream) => stream.mapValues(service.ask)), options.retry ?? hourly);
  const driver = new TopologyTestDriver(topology, { deadLetterTopic: 'dead', ...options });
  const topic = (name: string) => driver.createOutputTopic(name, texts);
  return { ...service, driver, input: driver.createInputTopic('in', texts), output: topic('out'), dead: topic('dead') };
}

const text = (value: Buffer | null) => value?.toString();
const headersOf = ({ headers }: { readonly headers: FailedRecord['headers'] }) =>
  Object.fromEntries(headers.map(({ key, value }) => [key.replace('__streams.', ''), text(value)]));

describe('a record that a function of the application throws for', () => {
  test('comes back after its delay, with its own time and headers, and those behind it do not wait', () => {
    const { driver, refused, input, output } = asking();
    refused.add('a');
    const headers = [{ key: 'own', value: Buffer.from('1') }];
    input.pipeInput('k', 'a', 5, headers);
    input.pipeInput('k', 'b', 6);
    expect(output.readKeyValuesToList()).toEqual([['k', 'B']]);
    refused.clear();
    driver.advanceWallClockTime('59m');
    expect(output.isEmpty).toBe(true);
    driver.advanceWallClockTime('1m');
    expect(output.readRecordsToList()).toEqual([{ key: 'k', value: 'A', timestamp: 5, headers }]);
    expect(driver.droppedRecords.size).toBe(0);
  });

  test('waits in a topic of the application, with its error and its place, and as it was', () => {
    const { driver, refused, input } = asking({ initialWallClockTimeMs: 1_000 });
    refused.add('a');
    input.pipeInput('j', 'x');
    input.pipeInput('k', 'a', 7, [{ key: 'own', value: null }]);
    const [waiting] = driver.createOutputTopic('test-in-retry-1', texts).readRecordsToList();
    expect(waiting).toMatchObject({ key: 'k', value: 'a', timestamp: 7 });
    expect(headersOf(waiting as FailedRecord & typeof waiting)).toMatchObject({
      own: undefined,
      'errors.exception': 'RangeError',
      'errors.message': 'no a today',
      'errors.topic': 'in',
      'errors.partition': '0',
      'errors.offset': '1',
      'retry.attempt': '1',
      'retry.due': '3601000',
    });
  });

  test('goes on to the next delay when it fails again, and to the handler when no attempt is left', () => {
    const { driver, refused, input, dead, asked } = asking({ onProcessingError: 'dead-letter' });
    refused.add('a');
    input.pipeInput('k', 'a', 7, [{ key: 'own', value: null }]);
    for (const hours of [1, 1]) driver.advanceWallClockTime(`${hours}h`);
    expect([asked.length, dead.isEmpty]).toEqual([2, true]);
    driver.advanceWallClockTime('1h');
    expect(asked.length).toBe(3);
    const letter = dead.readRecord();
    expect(letter).toMatchObject({ key: 'k', value: 'a', timestamp: 7 });
    expect(letter.headers.map(({ key }) => key)).toEqual([
      'own',
      ...['exception', 'message', 'stacktrace', 'topic', 'partition', 'offset'].map(
        (each) => `__streams.errors.${each}`,
      ),
    ]);
    expect(headersOf(letter)).toMatchObject({ 'errors.topic': 'in', 'errors.offset': '0' });
    expect(driver.droppedRecords.get('processing')).toBe(1);
  });

  test('ends the task when no attempt is left and no handler is set, and is named as it was read first', () => {
    const { driver, refused, input } = asking({ retry: { delays: [10] } });
    refused.add('a');
    input.pipeInput('k', 'a');
    expect(() => driver.advanceWallClockTime(10)).toThrow('in-0 at offset 0: no a today');
  });

  test('is a matter for the handler at once when its error is not worth another attempt', () => {
    const seen: FailedRecord[] = [];
    const { driver, refused, input } = asking({
      retry: { delays: ['1h'], when: (error) => !(error instanceof RangeError) },
      onProcessingError: (_error, record) => {
        seen.push(record);
        return 'continue';
      },
    });
    refused.add('a');
    input.pipeInput('k', 'a');
    expect(seen.map(({ topic, offset }) => [topic, offset])).toEqual([['in', 0]]);
    expect(driver.producedTopicNames()).toEqual(new Set());
  });

  test('comes back as well when a call of mapAsync fails', async () => {
    const { refused, ask } = office();
    const { driver, input, output } = asking({}, (stream) =>
      stream.mapValuesAsync(async (value) => ask(value), { concurrency: 2 }),
    );
    refused.add('a');
    input.pipeInput('k', 'a');
    await driver.settle();
    refused.clear();
    driver.advanceWallClockTime('1h');
    await driver.settle();
    expect(output.readValuesToList()).toEqual(['A']);
  });

  test('is done from the start again, with what it led to before the function that threw', () => {
    const { refused, ask } = office();
    const seen: string[] = [];
    const { driver, input } = asking({}, (stream) =>
      stream.peek((_key, value) => void seen.push(value)).mapValues(ask),
    );
    refused.add('a');
    input.pipeInput('k', 'a');
    refused.clear();
    driver.advanceWallClockTime('1h');
    expect(seen).toEqual(['a', 'a']);
  });
});

test('each topic of a source has retry topics of its own, which describe() shows', () => {
  const builder = new StreamsBuilder();
  builder.stream(['a', 'b'], { ...texts, retry: { delays: [1] } }).to('out', texts);
  const topology = builder.build();
  expect(topology.describe().toString()).toContain('topics: [a, b, a-retry-1, b-retry-1]');
  const driver = new ClusterTestDriver(topology, { partitionsOf: { a: 2, b: 5 } });
  expect([...driver.tasks.keys()]).toHaveLength(5);
});

test('a retry needs a delay', () => {
  expect(() => asking({ retry: { delays: [] } })).toThrow('retry needs 1 to 20 delays, got 0');
  expect(() => asking({ retry: { delays: ['soon'] } })).toThrow('delay must be whole milliseconds');
});

describe('in a transaction', () => {
  function counting(options: { readonly processingGuarantee?: 'at_least_once' } = {}) {
    const service = office();
    const builder = new StreamsBuilder();
    builder
      .stream('in', { ...texts, retry: hourly })
      .mapValues(service.ask)
      .groupByKey({ value: string })
      .count({ store: 'counts' })
      .toStream()
      .to('out', { value: int64 });
    const driver = new ClusterTestDriver(builder.build(), { partitions: 3, ...options });
    const counts = () => new Map(driver.getKeyValueStore<string, number>('counts').all());
    return { ...service, driver, counts, input: driver.createInputTopic('in', texts) };
  }

  test('a record waits in the partition of its number, so that the same task has it', () => {
    const { driver, refused, input, counts } = counting();
    refused.add('a');
    input.pipeKeyValueList(['x', 'y', 'z', 'v', 'w'].map((key) => [key, 'a']));
    driver.run();
    const places = (topic: string) => driver.readTopic(topic, texts).map(({ key, partition }) => `${key} ${partition}`);
    expect(places('test-in-retry-1')).toEqual(places('in'));
    refused.clear();
    driver.advanceWallClockTime('1h');
    driver.run();
    expect(counts()).toEqual(new Map(['v', 'w', 'x', 'y', 'z'].map((key) => [key, 1])));
  });

  test('an attempt that is taken back is made once all the same', () => {
    const { driver, refused, input, counts } = counting();
    refused.add('a');
    input.pipeInput('k', 'a');
    driver.process();
    driver.abort();
    driver.run();
    expect(driver.readTopic('test-in-retry-1', texts)).toHaveLength(1);
    refused.clear();
    driver.advanceWallClockTime('1h');
    driver.process();
    driver.abort();
    driver.run();
    expect(counts()).toEqual(new Map([['k', 1]]));
  });

  test('a record that waits outlives a crash, and is not due earlier for it', () => {
    const { driver, refused, input, counts } = counting();
    refused.add('a');
    input.pipeInput('k', 'a');
    driver.run();
    refused.clear();
    driver.advanceWallClockTime('30m');
    driver.crash(0);
    driver.start(0, { state: 'lost' });
    driver.run();
    expect(counts().size).toBe(0);
    driver.advanceWallClockTime('30m');
    driver.run();
    expect(counts()).toEqual(new Map([['k', 1]]));
  });
});
