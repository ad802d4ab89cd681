import { UsageError } from '@nagare/example-kit';
import { expect, test } from 'vitest';
import { help, parseOptions } from './options.ts';

test('without flags 20,000 orders are made up from seed 1, on a broker of our own', () => {
  expect(parseOptions([])).toEqual({
    orders: undefined,
    count: 20_000,
    seed: 1,
    chaos: false,
    broker: undefined,
    keep: false,
    help: false,
  });
});

test('every flag is taken, and is in the help', () => {
  const given = [
    '--orders',
    '-',
    '--count',
    '5',
    '--seed',
    '0',
    '--chaos',
    '--broker',
    'kafka:9092',
    '--keep',
    '--help',
  ];
  const options = { orders: '-', count: 5, seed: 0, chaos: true, broker: 'kafka:9092', keep: true, help: true };
  expect(parseOptions(given)).toEqual(options);
  for (const flag of Object.keys(options)) expect(help).toContain(`--${flag}`);
});

test.each([
  [['--count', '0'], '--count must be a whole number from 1 to 999999999, got 0'],
  [['--count', 'many'], '--count must be a whole number from 1 to 999999999, got many'],
  [['--seed=-1'], '--seed must be a whole number from 0 to 999999999, got -1'],
  [['--broker', 'kafka'], '--broker must be HOST:PORT, got kafka'],
  [['--order', 'x.csv'], "Unknown option '--order'"],
  [['x.csv'], "Unexpected argument 'x.csv'"],
])('%j is a mistake', (args, message) => {
  expect(() => parseOptions(args)).toThrow(UsageError);
  expect(() => parseOptions(args)).toThrow(message);
});
