import { int32, string } from '@nagare/serdes';
import { describe, expect, test } from 'vitest';
import { StreamRecord } from '../record.ts';
import { keyValueStore } from '../state/store-spec.ts';
import { oneStream } from '../testing/one-stream.ts';
import { statelessSuite } from '../testing/stateless-suite.ts';

const texts = { key: string, value: string };

statelessSuite('process', (stream, call) =>
  stream.process(({ forward }) => (record) => {
    call(record.key, record.value);
    forward(record);
  }),
);

statelessSuite('processValues', (stream, call) =>
  stream.processValues(({ forward }) => (record) => {
    call(record.key, record.value);
    forward(record);
  }),
);

const stock = keyValueStore({ name: 'stock', key: string, value: int32 });

/** Takes pieces from stock: a value is how many, and the answer whether there were enough. */
function reservations() {
  return oneStream(
    (stream) =>
      stream.processValues<string>(
        ({ keyValueStore: store, forward }) => {
          const left = store<string, number>('stock');
          return (record) => {
            const available = left.get(record.key) ?? 10;
            const wanted = Number(record.value);
            if (wanted <= available) left.put(record.key, available - wanted);
            forward(record.withValue(wanted <= available ? 'reserved' : `only ${available}`));
          };
        },
        { stores: [stock] },
      ),
    texts,
  );
}

/** Answers with what a store holds between two keys. */
function collecting(ranges: boolean) {
  return oneStream(
    (stream) =>
      stream.processValues<string>(
        ({ keyValueStore: store, forward }) => {
          const seen = store<string, string>('seen');
          return (record) => {
            seen.put(record.key, record.value);
            forward(record.withValue([...seen.range('b', 'd')].map((pair) => pair.join('=')).join(' ')));
          };
        },
        { stores: [keyValueStore({ name: 'seen', ...texts, ranges })] },
      ),
    texts,
  );
}

describe('process with a store', () => {
  test('sees its own writes, and has them again after a restart', () => {
    const { driver, input, output } = reservations();
    input.pipeKeyValueList([
      ['bolt', '7'],
      ['bolt', '4'],
      ['nut', '10'],
    ]);
    driver.restart();
    input.pipeKeyValueList([
      ['bolt', '3'],
      ['nut', '1'],
    ]);
    expect(output.readValuesToList()).toEqual(['reserved', 'only 3', 'reserved', 'reserved', 'only 0']);
    expect(driver.getKeyValueStore('stock').get('bolt')).toBe(0);
  });

  test('gives a value the time of the record that is being processed', () => {
    const { driver, input } = reservations();
    input.pipeInput('bolt', '1', 123);
    expect(driver.getKeyValueStore('stock').getWithTimestamp('bolt')).toEqual({ value: 9, timestamp: 123 });
  });

  test('knows where its record was read, and the time of the stream', () => {
    const seen: unknown[] = [];
    const { input } = oneStream(
      (stream) =>
        stream.process<string, string>((context) => (record) => {
          seen.push([context.taskId, context.source, context.streamTimeMs, record.timestamp]);
        }),
      texts,
    );
    input.pipeInput('a', 'x', 9);
    input.pipeInput('a', 'x', 4);
    expect(seen).toEqual([
      ['0_0', { topic: 'in', partition: 0, offset: 0 }, 9, 9],
      ['0_0', { topic: 'in', partition: 0, offset: 1 }, 9, 4],
    ]);
  });

  test('has no store that it was not given', () => {
    const start = () =>
      oneStream(
        (stream) =>
          stream.process<string, string>(({ keyValueStore: store }) => {
            store('stock');
            return () => undefined;
          }),
        texts,
      );
    expect(start).toThrow(expect.objectContaining({ code: 'NAGARE_STREAMS_STORE_UNKNOWN' }));
  });

  test('ranges over a store that was made for it, and over no other', () => {
    const { input, output } = collecting(true);
    input.pipeKeyValueList([
      ['c', '1'],
      ['b', '2'],
      ['e', '3'],
      ['c', '4'],
    ]);
    expect(output.readValuesToList()).toEqual(['c=1', 'b=2 c=1', 'b=2 c=1', 'b=2 c=4']);
    expect(() => collecting(false).input.pipeInput('a', 'x')).toThrow(
      expect.objectContaining({ code: 'NAGARE_STREAMS_STORE_NOT_ORDERED' }),
    );
  });
});

test('processValues refuses to send another key', () => {
  const { input } = oneStream(
    (stream) =>
      stream.processValues<string>(
        ({ forward }) =>
          (record) =>
            forward(record.withKey('other')),
      ),
    texts,
  );
  expect(() => input.pipeInput('a', 'x')).toThrow(/must forward the key of its record/);
});

/** Notes each record, and every ten milliseconds sends how many there were. */
function countingBetween(type: 'stream-time' | 'wall-clock-time', tick: () => void = () => undefined) {
  return oneStream(
    (stream) =>
      stream.process<string, string>(({ schedule, forward, taskId }) => {
        let count = 0;
        schedule(10, type, (timestampMs) => {
          tick();
          forward(new StreamRecord(taskId, String(count), timestampMs));
        });
        return () => {
          count += 1;
        };
      }),
    texts,
  );
}

describe('punctuation', () => {
  test('comes after the record that moves stream time', () => {
    const { input, output } = countingBetween('stream-time');
    for (const timestamp of [0, 5, 12, 13, 47]) input.pipeInput('k', 'v', timestamp);
    const sent = output.readRecordsToList().map(({ key, value, timestamp }) => [key, value, timestamp]);
    expect(sent).toEqual([
      ['0_0', '1', 0],
      ['0_0', '3', 12],
      ['0_0', '5', 47],
    ]);
  });

  test('by the wall clock comes when the driver lets time go by, without a record', () => {
    const { driver, input, output } = countingBetween('wall-clock-time');
    input.pipeInput('k', 'v', 1_000);
    driver.advanceWallClockTime(9);
    expect(output.isEmpty).toBe(true);
    driver.advanceWallClockTime('21ms');
    expect(output.readRecordsToList()).toMatchObject([{ value: '1', timestamp: 30 }]);
  });

  test('that throws ends the task and names the node', () => {
    const { input } = countingBetween('stream-time', () => {
      throw new Error('no more');
    });
    expect(() => input.pipeInput('k', 'v')).toThrow(
      expect.objectContaining({
        code: 'NAGARE_STREAMS_USER_FUNCTION',
        message: expect.stringContaining('KSTREAM-PROCESSOR-0000000001: no more'),
      }),
    );
  });

  test('tells downstream that there is no record it comes from', () => {
    const { input, output } = oneStream(
      (stream) =>
        stream
          .process<string, string>(({ schedule, forward }) => {
            schedule(10, 'stream-time', (at) => forward(new StreamRecord('k', 'tick', at)));
            return forward;
          })
          .processValues<string>(
            (context) => (record) =>
              context.forward(
                record.withValue(`${context.source.topic}/${context.source.partition}/${context.source.offset}`),
              ),
          ),
      texts,
    );
    input.pipeInput('k', 'v');
    input.pipeInput('k', 'v');
    expect(output.readValuesToList()).toEqual(['in/0/0', '/0/-1', 'in/0/1']);
  });

  test('of processValues may send other keys than that of the last record; a record may not', () => {
    const { driver, input, output } = oneStream(
      (stream) =>
        stream.processValues<string>(({ schedule, forward }) => {
          const kept: StreamRecord<string, string>[] = [];
          schedule(10, 'wall-clock-time', () => kept.forEach(forward));
          return (record) => {
            kept.push(record);
            if (record.value === 'wrong') forward(record.withKey('other'));
          };
        }),
      texts,
    );
    input.pipeKeyValueList([
      ['a', '1'],
      ['b', '2'],
    ]);
    driver.advanceWallClockTime(10);
    expect(output.readKeyValuesToList()).toEqual([
      ['a', '1'],
      ['b', '2'],
    ]);
    expect(() => input.pipeInput('c', 'wrong')).toThrow('processValues must forward the key of its record');
  });
});
