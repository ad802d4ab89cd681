import { int32, string } from '@nagare/serdes';
import { describe, expect, test } from 'vitest';
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
