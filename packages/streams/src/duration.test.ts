import { expect, test } from 'vitest';
import { durationMs } from './duration.ts';

test.each([
  [5, 5],
  ['500ms', 500],
  ['10s', 10_000],
  ['1.5m', 90_000],
  ['2 h', 7_200_000],
  ['7d', 604_800_000],
])('%o is %i milliseconds', (duration, ms) => {
  expect(durationMs(duration, 'size')).toBe(ms);
});

test.each(['', '5', '5 years', '-1s', -1, 0.5, Number.NaN])('%o is refused by the name of the setting', (duration) => {
  expect(() => durationMs(duration, 'size')).toThrow(/^size must be whole milliseconds/);
});
