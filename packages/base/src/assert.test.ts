import { expect, test } from 'vitest';
import { AssertionError, assert } from './assert.ts';

test('an invariant that does not hold is an error of its own kind', () => {
  assert(1, 'holds');
  expect(() => assert(0, 'the high watermark went back')).toThrow(new AssertionError('the high watermark went back'));
});
