import { int32, json, string } from '@nagare/serdes';
import { describe, expect, test } from 'vitest';
import { StreamsBuilder } from '../dsl/builder.ts';
import type { KStream } from '../dsl/stream.ts';
import { StreamRecord } from '../record.ts';
import { oneStream } from '../testing/one-stream.ts';
import { type TestDriverOptions, TopologyTestDriver } from '../testing/topology-test-driver.ts';
import type { AsyncCallContext, AsyncOptions } from './map-async.ts';

const texts = { key: string, value: string };

interface Call extends AsyncCallContext {
  readonly value: string;
  readonly key: string;
  readonly answer: (value: string) => void;
  readonly fail: (error: unknown) => void;
}

/** A function that is answered by the test. */
function desk() {
  const calls: Call[] = [];
  const project = (value: string, key: string, context: AsyncCallContext) =>
    new Promise<string>((answer, fail) => calls.push({ value, key, ...context, answer, fail }));
  const named = (value: string) => calls.find((call) => call.value === value) as Call;
  return { calls, project, named };
}

/** Lets promises come to their ends. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A stream whose values are answered by the test. */
function answered(options: Partial<AsyncOptions<string>> & { name?: string } = {}, driver?: TestDriverOptions) {
  const office = desk();
  const given = { concurrency: 10, ...options };
  const made = oneStream((stream) => stream.mapValuesAsync(office.project, given), texts, driver);
  const pipe = (...records: readonly string[]) => {
    for (const [at, record] of records.entries()) made.input.pipeInput(record[0] as string, record, 10 * at);
  };
  return { ...office, ...made, pipe };
}

describe('mapValuesAsync', () => {
  test('lets results go on as they come', async () => {
    const { driver, output, pipe, named } = answered();
    pipe('a1', 'b1');
    named('b1').answer('b1!');
    await turn();
    named('a1').answer('a1!');
    await driver.settle();
    expect(output.readValuesToList()).toEqual(['b1!', 'a1!']);
  });

  test('calls for one key one after the other, and keeps their order', async () => {
    const { driver, output, pipe, named, calls } = answered();
    pipe('a1', 'a2', 'b1');
    expect(calls.map(({ value }) => value)).toEqual(['a1', 'b1']);
    await turn();
    named('b1').answer('b1!');
    await turn();
    named('a1').answer('a1!');
    const settled = driver.settle();
    await turn();
    expect(calls).toHaveLength(3);
    named('a2').answer('a2!');
    await settled;
    expect(output.readValuesToList()).toEqual(['b1!', 'a1!', 'a2!']);
  });

  test('keeps the order of records when it is asked to', async () => {
    const { driver, output, pipe, named } = answered({ order: 'partition' });
    pipe('a1', 'b1', 'c1');
    named('c1').answer('c1!');
    await turn();
    named('b1').answer('b1!');
    await turn();
    named('a1').answer('a1!');
    await driver.settle();
    expect(output.readValuesToList()).toEqual(['a1!', 'b1!', 'c1!']);
  });

  test('makes no more calls at a time than it may, and takes no more than twice as many records', async () => {
    const { driver, output, pipe, named, calls } = answered({ concurrency: 2 });
    pipe('a1', 'b1', 'c1', 'd1', 'e1');
    expect(calls.map(({ value }) => value)).toEqual(['a1', 'b1']);
    const settled = driver.settle();
    for (const [at, next] of ['a1', 'b1', 'c1', 'd1', 'e1'].entries()) {
      await turn();
      expect(calls).toHaveLength(Math.min(5, at + 2));
      named(next).answer(`${next}!`);
    }
    await settled;
    expect(output.readValuesToList()).toEqual(['a1!', 'b1!', 'c1!', 'd1!', 'e1!']);
  });

  test('gives no order to records without a key', () => {
    const { input, calls } = answered();
    input.pipeInput(null, 'x');
    input.pipeInput(null, 'y');
    expect(calls).toHaveLength(2);
  });

  test('tells the function what the record has, and operators behind it where it was read', async () => {
    const office = desk();
    const seen: unknown[] = [];
    const { driver, input } = oneStream(
      (stream) =>
        stream.mapValuesAsync(office.project, { concurrency: 5 }).process<string, string>((context) => (record) => {
          const { timestamp, headers } = record;
          seen.push({ ...context.source, timestamp, headers });
        }),
      texts,
    );
    const headers = [{ key: 'trace', value: Buffer.from('1') }];
    input.pipeInput('a', 'x', 5, headers);
    input.pipeInput('b', 'y', 7);
    expect(office.calls[0]).toMatchObject({ key: 'a', value: 'x', timestamp: 5, headers });
    office.named('y').answer('y!');
    await turn();
    office.named('x').answer('x!');
    await driver.settle();
    expect(seen).toEqual([
      { topic: 'in', partition: 0, offset: 1, timestamp: 7, headers: [] },
      { topic: 'in', partition: 0, offset: 0, timestamp: 5, headers },
    ]);
  });

  test('compares keys that are objects by their bytes', () => {
    const office = desk();
    const builder = new StreamsBuilder();
    const keys = json<{ readonly id: number }>();
    builder
      .stream('in', { key: keys, value: string })
      .mapValuesAsync((value) => office.project(value, '', {} as AsyncCallContext), { concurrency: 5 })
      .to('out', { key: keys, value: string });
    expect(office.calls).toEqual([]);
    const driver = new TopologyTestDriver(builder.build());
    const input = driver.createInputTopic('in', { key: keys, value: string });
    input.pipeInput({ id: 1 }, 'x');
    input.pipeInput({ id: 1 }, 'y');
    input.pipeInput({ id: 2 }, 'z');
    expect(office.calls.map(({ value }) => value)).toEqual(['x', 'z']);
  });

  test('needs a serde for keys that are objects', () => {
    const { input } = oneStream(
      (stream) =>
        stream
          .selectKey((key) => ({ key }))
          .mapValuesAsync((value) => value, { concurrency: 1 })
          .selectKey(({ key }) => key),
      texts,
    );
    expect(() => input.pipeInput('a', 'x')).toThrow(/needs the serde of keys that are objects/);
  });

  test('works on what it has given itself, with stores before and behind', async () => {
    const { driver, input, output } = oneStream(
      (stream: KStream<string, string>) =>
        stream
          .groupByKey()
          .count({ store: 'before' })
          .toStream()
          .mapValuesAsync(async (count) => (count ?? 0) * 10, { concurrency: 2 })
          .mapValuesAsync(async (count) => count + 1, { concurrency: 1 })
          .groupByKey({ value: int32 })
          .reduce((a, b) => a + b, { store: 'behind' })
          .toStream(),
      { key: string, value: int32 },
    );
    for (const key of ['a', 'b', 'a', 'a']) input.pipeInput(key, 'x');
    await driver.settle();
    expect(output.readKeyValuesToMap()).toEqual(
      new Map([
        ['a', 63],
        ['b', 11],
      ]),
    );
    driver.restart();
    expect(driver.getKeyValueStore('behind').get('a')).toBe(63);
  });

  test('refuses a restart while calls are under way', () => {
    const { driver, pipe } = answered();
    pipe('a1');
    expect(() => driver.restart()).toThrow(/await settle\(\)/);
  });

  test.each([
    [{ concurrency: 0 }, RangeError],
    [{ concurrency: 1.5 }, RangeError],
    [{ concurrency: 1, timeout: 0 }, RangeError],
    [{ concurrency: 1, order: 'none' as never }, TypeError],
    [{ concurrency: 1, onError: 'ignore' as never }, TypeError],
  ])('refuses %j', (options, kind) => {
    expect(() => answered(options)).toThrow(kind);
  });
});

describe('mapAsync', () => {
  test('gives another key, which leads through a repartition topic', async () => {
    const { driver, input, output, topology } = oneStream(
      (stream) =>
        stream
          .mapAsync(async (value, key) => [value, key], { concurrency: 3 })
          .groupByKey(texts)
          .reduce((a, b) => a + b)
          .toStream(),
      texts,
    );
    expect(topology.repartitionTopics).toHaveLength(1);
    input.pipeInput('1', 'a');
    input.pipeInput('2', 'a');
    await driver.settle();
    expect(output.readKeyValuesToList()).toEqual([
      ['a', '1'],
      ['a', '12'],
    ]);
  });
});

describe('a call that fails', () => {
  const broken = new Error('boom');

  test('ends the task, with its place, unless somebody decides otherwise', async () => {
    const { driver, pipe, named } = answered({ name: 'ask' });
    pipe('a1', 'b1');
    named('b1').fail(broken);
    await expect(driver.settle()).rejects.toMatchObject({
      code: 'NAGARE_STREAMS_USER_FUNCTION',
      cause: broken,
      message: expect.stringContaining('ask, in-0 at offset 1: boom'),
    });
  });

  test('is what a function that throws at once leads to as well', async () => {
    const { driver, input } = oneStream(
      (stream) =>
        stream.mapValuesAsync<string>(
          () => {
            throw broken;
          },
          { concurrency: 1 },
        ),
      texts,
    );
    input.pipeInput('a', 'x');
    await expect(driver.settle()).rejects.toMatchObject({ cause: broken });
  });

  test("goes to the application's handler, with the record as it was read", async () => {
    const asked: unknown[] = [];
    const onProcessingError = (error: unknown, { topic, offset, node, value, timestamp }: Record<string, unknown>) => {
      asked.push({ error, topic, offset, node, value: String(value), timestamp });
      return 'continue' as const;
    };
    const { driver, pipe, named, output } = answered(
      { name: 'ask' },
      { onProcessingError: onProcessingError as never },
    );
    pipe('a1', 'b1');
    named('b1').fail(broken);
    named('a1').answer('a1!');
    await driver.settle();
    expect(asked).toEqual([{ error: broken, topic: 'in', offset: 1, node: 'ask', value: 'b1', timestamp: 10 }]);
    expect(output.readValuesToList()).toEqual(['a1!']);
    expect(driver.droppedRecords.get('processing')).toBe(1);
  });

  test('can be decided about by the operator', async () => {
    const { driver, pipe, named } = answered({ onError: 'dead-letter' }, { deadLetterTopic: 'dead' });
    pipe('a1');
    named('a1').fail(broken);
    await driver.settle();
    const [letter] = driver.createOutputTopic('dead', texts).readRecordsToList();
    expect(letter).toMatchObject({ key: 'a', value: 'a1', timestamp: 0 });
    expect(letter?.headers.find(({ key }) => key === '__streams.errors.message')?.value?.toString()).toBe('boom');
  });

  test('is one that takes too long, and is told so', async () => {
    const { driver, pipe, calls } = answered({ timeout: '2s', name: 'ask' });
    pipe('k1');
    driver.advanceWallClockTime('1999ms');
    expect(calls[0]?.signal.aborted).toBe(false);
    expect(() => driver.advanceWallClockTime('1ms')).toThrow(
      expect.objectContaining({
        code: 'NAGARE_STREAMS_CALL_TIMEOUT',
        message: expect.stringMatching(/ask waited 2000 ms for the key k/),
      }),
    );
    expect(calls[0]?.signal.aborted).toBe(true);
  });

  test('of which the result comes after all is not heard', async () => {
    const { driver, pipe, calls, output } = answered({ timeout: '2s', onError: 'continue' });
    pipe('k1');
    driver.advanceWallClockTime('2s');
    calls[0]?.answer('too late');
    await driver.settle();
    expect(output.isEmpty).toBe(true);
    expect(driver.droppedRecords.get('processing')).toBe(1);
  });

  test('does not hold up the next record of its key', async () => {
    const { driver, pipe, calls, output } = answered({ onError: 'continue' });
    pipe('a1', 'a2');
    calls[0]?.fail(broken);
    const settled = driver.settle();
    await turn();
    expect(calls).toHaveLength(2);
    calls[1]?.answer('a2!');
    await settled;
    expect(output.readValuesToList()).toEqual(['a2!']);
  });
});

test('a punctuator can lead to calls', async () => {
  const { driver, output } = oneStream(
    (stream) =>
      stream
        .process<string, string>(({ schedule, forward }) => {
          schedule('1s', 'wall-clock-time', (now) => forward(new StreamRecord('k', `at ${now}`, now)));
          return () => undefined;
        })
        .mapValuesAsync(async (value) => `${value}!`, { concurrency: 1 }),
    texts,
  );
  driver.advanceWallClockTime('1s');
  await driver.settle();
  expect(output.readValuesToList()).toEqual(['at 1000!']);
});
