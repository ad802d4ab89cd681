import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TimeWindows } from './time-windows.ts';

describe('TimeWindows', () => {
  test('a tumbling window holds a timestamp from its start up to, not including, its end', () => {
    const minutes = TimeWindows.ofSizeAndGrace('1m', '10s');
    expect(minutes.windowsFor(0)).toEqual([{ start: 0, end: 60_000 }]);
    expect(minutes.windowsFor(59_999)).toEqual([{ start: 0, end: 60_000 }]);
    expect(minutes.windowsFor(60_000)).toEqual([{ start: 60_000, end: 120_000 }]);
    expect(minutes.graceMs).toBe(10_000);
  });

  test('hopping windows overlap, and none starts before 0', () => {
    const hopping = TimeWindows.ofSizeWithNoGrace(100).advanceBy(40);
    expect(hopping.windowsFor(10).map(({ start }) => start)).toEqual([0]);
    expect(hopping.windowsFor(130).map(({ start }) => start)).toEqual([40, 80, 120]);
  });

  test('every window of a timestamp holds it, and there are no others', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 500 }), (at, a, b) => {
        const [advance, size] = [Math.min(a, b), Math.max(a, b)];
        const starts = TimeWindows.ofSizeWithNoGrace(size)
          .advanceBy(advance)
          .windowsFor(at)
          .map(({ start }) => start);
        const expected = [];
        for (let start = 0; start <= at; start += advance) if (at < start + size) expected.push(start);
        expect(starts).toEqual(expected);
      }),
    );
  });

  test.each([
    () => TimeWindows.ofSizeWithNoGrace(0),
    () => TimeWindows.ofSizeWithNoGrace('1 year'),
    () => TimeWindows.ofSizeAndGrace('1m', -1),
    () => TimeWindows.ofSizeWithNoGrace(100).advanceBy(101),
    () => TimeWindows.ofSizeWithNoGrace(100).advanceBy(0),
  ])('refuses sizes that make no sense (%#)', (make) => {
    expect(make).toThrow(RangeError);
  });
});
