import { int64, sessionWindowed, string, windowed } from '@nagare/serdes';
import { expect, test } from 'vitest';
import { oneStream } from '../testing/one-stream.ts';
import { SessionWindows } from '../windows/session-windows.ts';
import { TimeWindows } from '../windows/time-windows.ts';

const texts = { key: string, value: string };

test('cogroup gathers several groups in one state', () => {
  const { driver, input, output } = oneStream(
    (stream, builder) =>
      stream
        .groupByKey()
        .cogroup<number>((_key, value, sum) => sum + value.length)
        .cogroup(builder.stream('other', texts).groupByKey(), (_key, value, sum) => sum - value.length)
        .aggregate(() => 0, { value: int64 })
        .toStream(),
    { key: string, value: int64 },
  );
  input.pipeInput('a', 'xyz', 1);
  driver.createInputTopic('other', texts).pipeInput('a', 'x', 2);
  expect(output.readValuesToList()).toEqual([3, 2]);
});

test('cogroup gathers in windows and in sessions', () => {
  const count = (_key: string, _value: string, sum: number) => sum + 1;
  const inWindows = oneStream(
    (stream) =>
      stream
        .groupByKey()
        .cogroup(count)
        .windowedBy(TimeWindows.ofSizeWithNoGrace('10s'))
        .aggregate(() => 0, { value: int64 })
        .toStream(),
    { key: windowed(string, 10_000), value: int64 },
  );
  const inSessions = oneStream(
    (stream) =>
      stream
        .groupByKey()
        .cogroup(count)
        .windowedBy(SessionWindows.ofInactivityGapWithNoGrace('10s'))
        .aggregate(
          () => 0,
          (_key, a, b) => a + b,
          { value: int64 },
        )
        .toStream(),
    { key: sessionWindowed(string), value: int64 },
  );
  for (const { input } of [inWindows, inSessions]) {
    input.pipeInput('a', 'x', 9_000);
    input.pipeInput('a', 'x', 11_000);
  }
  expect(inWindows.output.readValuesToList()).toEqual([1, 1]);
  expect(inSessions.output.readValuesToList()).toEqual([1, null, 2]);
});
