import { expect, test } from 'vitest';
import { Reader } from './reader.ts';

test('lists may be empty, null and many, but not have more elements together than are left', () => {
  const counts = Buffer.alloc(64);
  [3, -1, 0, 2, 1].forEach((count, place) => {
    counts.writeInt32BE(count, 4 * place);
  });
  const reader = new Reader(counts);
  reader.elementsLeft = 5;
  expect([reader.count(1), reader.count(1), reader.count(1), reader.count(1)]).toEqual([3, -1, 0, 2]);
  expect(() => reader.count(1)).toThrow(expect.objectContaining({ kind: 'too-large' }));
});
