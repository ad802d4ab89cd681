import { defineSerde, string } from '@nagare/serdes';
import { describe, expect, test } from 'vitest';
import type { KStream } from '../dsl/stream.ts';
import { StreamRecord } from '../record.ts';
import { map } from '../rx.ts';
import { oneStream } from '../testing/one-stream.ts';
import type { TestDriverOptions } from '../testing/topology-test-driver.ts';
import type { FailedRecord } from './failures.ts';

const texts = { key: string, value: string };
type Stream = KStream<string, string>;

function refuse(value: string): string {
  if (value === 'bad') throw new TypeError('no bad ones');
  return value.toUpperCase();
}

function shouting(options: TestDriverOptions, shout: (stream: Stream) => Stream = (s) => s.mapValues(refuse)) {
  const made = oneStream(shout, texts, { deadLetterTopic: 'dead', ...options });
  return { ...made, dead: made.driver.createOutputTopic('dead', texts) };
}

const text = (value: Buffer | null) => value?.toString() ?? null;

describe('an error of a function', () => {
  test('ends the task unless a handler decides otherwise', () => {
    const { input } = shouting({});
    expect(() => input.pipeInput('k', 'bad')).toThrow(
      expect.objectContaining({
        code: 'NAGARE_STREAMS_USER_FUNCTION',
        message: expect.stringContaining('in-0 at offset 0: no bad ones'),
      }),
    );
  });

  test('drops and counts the record with continue, and the ones behind it go on', () => {
    const { driver, input, output, dead } = shouting({ onProcessingError: 'continue' });
    for (const value of ['a', 'bad', 'bad', 'b']) input.pipeInput('k', value);
    expect(output.readValuesToList()).toEqual(['A', 'B']);
    expect(driver.droppedRecords.get('processing')).toBe(2);
    expect(dead.isEmpty).toBe(true);
  });

  test('drops one of the results of a record: those before and behind it stay', () => {
    const { input, output } = shouting({ onProcessingError: 'continue' }, (stream) =>
      stream.flatMapValues((value) => value.split(' ')).mapValues(refuse),
    );
    input.pipeInput('k', 'one bad two');
    expect(output.readValuesToList()).toEqual(['ONE', 'TWO']);
  });

  test('keeps the record as it was read in the topic of dead letters, with the headers that Kafka Streams writes', () => {
    const { driver, input, dead } = shouting({ onProcessingError: 'dead-letter' }, (stream) =>
      stream.map((key, value) => [`${key}!`, value]).mapValues(refuse),
    );
    input.pipeInput('k', 'fine', 7);
    input.pipeInput('k', 'bad', 8, [{ key: 'h', value: Buffer.from('1') }]);
    const [letter] = dead.readRecordsToList();
    expect(letter).toMatchObject({ key: 'k', value: 'bad', timestamp: 8 });
    expect(letter?.headers.map(({ key }) => key)).toEqual([
      'h',
      '__streams.errors.exception',
      '__streams.errors.message',
      '__streams.errors.stacktrace',
      '__streams.errors.topic',
      '__streams.errors.partition',
      '__streams.errors.offset',
    ]);
    const values = letter?.headers.map(({ value }) => text(value)) ?? [];
    expect([values[1], values[2], ...values.slice(4)]).toEqual(['TypeError', 'no bad ones', 'in', '0', '1']);
    expect(values[3]).toContain('TypeError: no bad ones');
    expect(driver.droppedRecords.get('processing')).toBe(1);
  });

  test('is told to a handler with the node and the record; what the handler throws ends the task', () => {
    const told: FailedRecord[] = [];
    const { input } = shouting({
      onProcessingError: (_error, record) => {
        told.push(record);
        if (told.length === 2) throw new Error('enough');
        return 'continue';
      },
    });
    input.pipeInput('k', 'bad', 5);
    expect(told).toMatchObject([
      {
        ...{ node: 'KSTREAM-MAPVALUES-0000000001', taskId: '0_0', topic: 'in', partition: 0, offset: 0, timestamp: 5 },
        ...{ key: Buffer.from('k'), value: Buffer.from('bad'), target: undefined },
      },
    ]);
    expect(() => input.pipeInput('k', 'bad')).toThrow('the handler of processing errors: enough');
  });

  test('in a processor leaves its state and its punctuations as they are', () => {
    const { driver, input, output } = shouting({ onProcessingError: 'continue' }, (stream) =>
      stream.process<string, string>(({ schedule, forward }) => {
        let count = 0;
        schedule(10, 'wall-clock-time', (now) => forward(new StreamRecord('tick', String(count), now)));
        return (record) => {
          refuse(record.value);
          count += 1;
        };
      }),
    );
    for (const value of ['a', 'bad', 'b']) input.pipeInput('k', value);
    driver.advanceWallClockTime(10);
    expect(output.readValuesToList()).toEqual(['2']);
  });

  test('in an operator of RxJS lets it begin anew', () => {
    const { input, output } = shouting({ onProcessingError: 'continue' }, (stream) =>
      stream.pipe(map((record: StreamRecord<string, string>) => record.withValue(refuse(record.value)))),
    );
    for (const value of ['a', 'bad', 'b']) input.pipeInput('k', value);
    expect(output.readValuesToList()).toEqual(['A', 'B']);
  });

  test('in a punctuator goes the same way, without a record', () => {
    const { driver, input, dead } = shouting({ onProcessingError: 'dead-letter' }, (stream) =>
      stream.process<string, string>(({ schedule, forward }) => {
        schedule(10, 'wall-clock-time', () => refuse('bad'));
        return forward;
      }),
    );
    input.pipeInput('k', 'v', 3);
    driver.advanceWallClockTime(10);
    driver.advanceWallClockTime(10);
    const letters = dead.readRecordsToList();
    expect(letters).toMatchObject([
      { key: null, value: null, timestamp: 10 },
      { key: null, value: null, timestamp: 20 },
    ]);
    expect(letters[0]?.headers.slice(3).map(({ value }) => text(value))).toEqual([null, '-1', '-1']);
  });

  test('of a store ends the task in any case', () => {
    const { input } = shouting({ onProcessingError: 'continue' }, (stream) =>
      stream.process<string, string>(
        ({ keyValueStore }) =>
          () =>
            void keyValueStore('unknown'),
      ),
    );
    expect(() => input.pipeInput('k', 'v')).toThrow(expect.objectContaining({ code: 'NAGARE_STREAMS_STORE_UNKNOWN' }));
  });
});

describe('a result that cannot be serialized', () => {
  const picky = defineSerde<string>({
    write: (value) => Buffer.from(refuse(value)),
    read: (bytes) => bytes.toString(),
  });
  const writing = (options: TestDriverOptions) =>
    shouting(options, (stream) => {
      stream.to('other', { ...texts, value: picky });
      return stream;
    });

  test('is not a matter of the handler of functions', () => {
    expect(() => writing({ onProcessingError: 'continue' }).input.pipeInput('k', 'bad')).toThrow('no bad ones');
  });

  test('is dropped and counted with continue; other results of the record are written', () => {
    const { driver, input, output } = writing({ onProductionError: 'continue' });
    for (const value of ['a', 'bad']) input.pipeInput('k', value);
    expect(output.readValuesToList()).toEqual(['a', 'bad']);
    expect(driver.createOutputTopic('other', texts).readValuesToList()).toEqual(['A']);
    expect(driver.droppedRecords.get('production')).toBe(1);
  });

  test('sends the record that it came from to the topic of dead letters, and tells where it was to go', () => {
    const targets: unknown[] = [];
    const { input, dead } = writing({
      onProductionError: (_error, { target }) => {
        targets.push(target);
        return 'dead-letter';
      },
    });
    input.pipeInput('k', 'bad');
    expect(dead.readKeyValuesToList()).toEqual([['k', 'bad']]);
    expect(targets).toEqual(['other']);
  });
});
