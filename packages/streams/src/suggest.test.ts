import { expect, test } from 'vitest';
import { closest } from './suggest.ts';

test('closest finds the name that was meant, and none when nothing is close', () => {
  const names = ['commitIntervalMs', 'pollMs', 'commit.interval.ms'];
  expect(closest('commit.intervall.ms', names)).toBe('commit.interval.ms');
  expect(closest('comitIntervalMs', names)).toBe('commitIntervalMs');
  expect(closest('POLLMS', names)).toBe('pollMs');
  expect(closest('retention', names)).toBeUndefined();
});
