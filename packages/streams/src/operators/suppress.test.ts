import { int64, string, windowed } from '@nagare/serdes';
import { describe, expect, test } from 'vitest';
import { oneStream } from '../testing/one-stream.ts';
import { Suppressed, type Suppression } from '../windows/suppressed.ts';
import { TimeWindows } from '../windows/time-windows.ts';

const texts = { key: string, value: string };
const headers = [{ key: 'h', value: Buffer.from('1') }];

const lastOf = (suppression: Suppression) =>
  oneStream(
    (stream) =>
      stream
        .groupByKey()
        .reduce((_, value) => value)
        .suppress(suppression)
        .toStream(),
    texts,
  );

describe('suppress', () => {
  test('sends the last change of a key when the limit after its first one has passed', () => {
    const { input, output } = lastOf(Suppressed.untilTimeLimit('10s'));
    input.pipeInput('a', '1', 0);
    input.pipeInput('a', '2', 9_000, headers);
    expect(output.isEmpty).toBe(true);
    input.pipeInput('b', '3', 10_000);
    expect(output.readRecordsToList()).toEqual([{ key: 'a', value: '2', timestamp: 9_000, headers }]);
  });

  test('remembers over a restart what waits, and its order', () => {
    const { driver, input, output } = lastOf(Suppressed.untilTimeLimit('10s'));
    input.pipeInput('b', '1', 5);
    input.pipeInput('a', '2', 5);
    input.pipeInput('c', '3', 1);
    driver.restart();
    input.pipeInput('d', '4', 50_000);
    expect(output.readKeyValuesToList()).toEqual([
      ['c', '3'],
      ['a', '2'],
      ['b', '1'],
    ]);
  });

  test('sends the oldest early when it may hold no more, or ends the task', () => {
    const { input, output } = lastOf(Suppressed.untilTimeLimit('10s', { maxRecords: 1, whenFull: 'emit' }));
    input.pipeInput('a', '1', 0);
    input.pipeInput('b', '2', 1);
    expect(output.readKeyValuesToList()).toEqual([['a', '1']]);
    const strict = lastOf(Suppressed.untilTimeLimit('10s', { maxBytes: 10 }));
    expect(() => strict.input.pipeInput('a', '1', 0)).toThrow(/NAGARE_STREAMS_BUFFER_FULL|More changes wait/);
  });

  test('sends one result for each window when its grace is over', () => {
    const { input, output } = oneStream(
      (stream) =>
        stream
          .groupByKey()
          .windowedBy(TimeWindows.ofSizeAndGrace('10s', '5s'))
          .count()
          .filter((_, count) => count > 1)
          .suppress(Suppressed.untilWindowCloses())
          .toStream(),
      { key: windowed(string, 10_000), value: int64 },
    );
    input.pipeInput('a', 'x', 0);
    input.pipeInput('a', 'x', 1_000);
    input.pipeInput('b', 'x', 2_000);
    input.pipeInput('a', 'x', 14_999);
    expect(output.isEmpty).toBe(true);
    input.pipeInput('a', 'x', 15_000);
    expect(output.readKeyValuesToList()).toEqual([[{ key: 'a', window: { start: 0, end: 10_000 } }, 2]]);
  });

  test('waits for windows only where there are some that close', () => {
    expect(() => lastOf(Suppressed.untilWindowCloses())).toThrow(/windows that close/);
    expect(() => Suppressed.untilWindowCloses({ whenFull: 'emit' } as never)).toThrow(TypeError);
    expect(() => Suppressed.untilTimeLimit(1, { maxRecords: -1 })).toThrow(RangeError);
  });
});
