import { UsageError } from '@nagare/example-kit';
import { expect, test } from 'vitest';
import { help, parseOptions } from './options.ts';

test('without flags all flights are read, in windows of a week', () => {
  const options = { flights: '20k', days: 7, flightsMin: 20, broker: undefined, keep: false, help: false };
  expect(parseOptions([])).toEqual(options);
});

test('every flag is taken, and is in the help', () => {
  const given = ['--flights', '2k', '--days', '1', '--at-least', '3', '--broker', 'kafka:9092', '--keep', '--help'];
  const options = { flights: '2k', days: 1, flightsMin: 3, broker: 'kafka:9092', keep: true, help: true };
  expect(parseOptions(given)).toEqual(options);
  for (const flag of given.filter((argument) => argument.startsWith('--'))) expect(help).toContain(flag);
});

test.each([
  [['--flights', '3m'], '--flights must be one of 2k, 5k, 10k, 20k, got 3m'],
  [['--days', '0'], '--days must be a whole number from 1 to 365, got 0'],
  [['--at-least', 'x'], '--at-least must be a whole number from 1 to 999999999, got x'],
  [['--broker', 'kafka'], '--broker must be HOST:PORT, got kafka'],
  [['--window', '1'], "Unknown option '--window'"],
])('%j is a mistake', (args, message) => {
  expect(() => parseOptions(args)).toThrow(UsageError);
  expect(() => parseOptions(args)).toThrow(message);
});
