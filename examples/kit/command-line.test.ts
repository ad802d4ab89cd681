import { parseArgs } from 'node:util';
import { expect, test } from 'vitest';
import { brokerAddress, commandLine, UsageError, wholeNumber } from './command-line.ts';

test.each([
  [['--nope'], "Unknown option '--nope'"],
  [['--name'], "Option '--name <value>' argument missing"],
  [['stray'], "Unexpected argument 'stray'"],
])('a mistake in %j is told in one line', (args, message) => {
  const read = () => commandLine(() => parseArgs({ args, options: { name: { type: 'string' } } }));
  expect(read).toThrow(UsageError);
  expect(read).toThrow(new RegExp(`^${message}[^\\n]*$`));
});

test('a defect is not taken for a mistake of the user', () => {
  const defect = new TypeError('x is not a function');
  expect(() =>
    commandLine(() => {
      throw defect;
    }),
  ).toThrow(defect);
});

test.each(['localhost:9092', '10.0.0.1:1', '[::1]:65535'])('%s is the address of a broker', (text) => {
  expect(brokerAddress('--broker', text)).toBe(text);
});

test.each(['localhost', ':9092', 'host:0', 'host:65536', 'a:b:1', 'host:9092x', '', '[::1]'])(
  '"%s" is no address of a broker',
  (text) => {
    expect(() => brokerAddress('--broker', text)).toThrow(`--broker must be HOST:PORT, got ${text}`);
  },
);

test('whole numbers have limits', () => {
  expect(wholeNumber('--count', '7', 1)).toBe(7);
  for (const text of ['0', '-1', '1.5', '1e3', 'many', '', '1000000000']) {
    expect(() => wholeNumber('--count', text, 1)).toThrow(
      `--count must be a whole number from 1 to 999999999, got ${text}`,
    );
  }
});
