import { string, windowed } from '@nagare/serdes';
import { describe, expect, test } from 'vitest';
import { oneStream } from '../testing/one-stream.ts';
import { SlidingWindows } from '../windows/sliding-windows.ts';

const key = windowed(string, 10);

function joined(windows = SlidingWindows.ofTimeDifferenceAndGrace(10, 50)) {
  return oneStream(
    (stream) =>
      stream
        .groupByKey()
        .windowedBy(windows)
        .reduce((a, b) => a + b)
        .toStream(),
    { key, value: string },
  );
}

/** The last state of each window, by its start. */
function states(pairs: readonly (readonly [{ window: { start: number } } | null, string | null])[]) {
  return Object.fromEntries(pairs.map(([each, value]) => [each?.window.start, value]));
}

describe('aggregation in sliding windows', () => {
  test('makes the window that ends with a record, and the one behind it when another record falls in', () => {
    const { input, output } = joined();
    input.pipeInput('k', 'a', 20);
    input.pipeInput('k', 'b', 25);
    input.pipeInput('k', 'c', 35);
    expect(states(output.readKeyValuesToList())).toEqual({ 10: 'a', 15: 'ab', 21: 'b', 25: 'bc', 26: 'c' });
  });

  test('puts a record that comes late into every window that it belongs to', () => {
    const { input, output } = joined();
    input.pipeInput('k', 'a', 20);
    input.pipeInput('k', 'c', 30);
    input.pipeInput('k', 'b', 25);
    expect(states(output.readKeyValuesToList())).toEqual({ 10: 'a', 15: 'ab', 20: 'acb', 21: 'cb', 26: 'c' });
  });

  test('puts records before the first full window into the window from 0', () => {
    const { input, output } = joined();
    input.pipeInput('k', 'a', 3);
    input.pipeInput('k', 'b', 7);
    expect(states(output.readKeyValuesToList())).toEqual({ 0: 'ab', 4: 'b' });
  });

  test('drops records without key or value, and late ones', () => {
    const { driver, input, output } = joined(SlidingWindows.ofTimeDifferenceWithNoGrace(10));
    input.pipeInput(null, 'x', 20);
    input.pipeInput('k', null, 20);
    input.pipeInput('k', 'a', 100);
    input.pipeInput('k', 'late', 89);
    expect(states(output.readKeyValuesToList())).toEqual({ 90: 'a' });
    expect([...driver.droppedRecords]).toEqual([
      ['null-key', 1],
      ['null-value', 1],
      ['late', 1],
    ]);
  });
});
