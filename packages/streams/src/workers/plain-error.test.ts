import { expect, test } from 'vitest';
import { StreamsError } from '../errors.ts';
import { errorOf, plainError } from './plain-error.ts';

const across = (thrown: unknown) => errorOf(structuredClone(plainError(thrown)));

test('an error keeps its name, code, stack and causes on its way between threads', () => {
  const cause = new RangeError('too far');
  const error = new StreamsError('NAGARE_STREAMS_TIMESTAMP', 'in node 3', { cause });
  const arrived = across(error);
  expect(arrived).toBeInstanceOf(Error);
  expect(arrived).toMatchObject({ name: 'StreamsError', code: 'NAGARE_STREAMS_TIMESTAMP', message: error.message });
  expect(arrived.stack).toBe(error.stack);
  expect(arrived.cause).toMatchObject({ name: 'RangeError', message: 'too far' });
});

test('what is thrown and is no error arrives as one, and an error that is its own cause arrives at all', () => {
  expect(across('a text').message).toBe('a text');
  const round = new Error('round');
  round.cause = round;
  expect(across(round).message).toBe('round');
});
