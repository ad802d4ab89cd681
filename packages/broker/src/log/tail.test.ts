import { expect, test } from 'vitest';
import { batchOverheadBytes, Tail } from './tail.ts';

function batchAt(offset: number, bytes: number) {
  return { baseOffset: offset, lastOffset: offset, bytes: Buffer.alloc(bytes) };
}

test('a batch counts with what stands for it, and everything that leaves takes as much away', () => {
  const tail = new Tail();
  const cost = 80 + batchOverheadBytes;
  for (let offset = 0; offset < 10; offset += 1) expect(tail.push(batchAt(offset, 80))).toBe(cost);
  expect(tail.bytes).toBe(10 * cost);
  expect(tail.dropOldest(5)).toBe(cost);
  expect(tail.truncateTo(8)).toBe(2 * cost);
  tail.replace({ from: 1, to: 3 }, [batchAt(2, 10)]);
  expect(tail.bytes).toBe(5 * cost + 10 + batchOverheadBytes);
  while (tail.dropOldest(100) > 0);
  expect(tail.bytes).toBe(0);
});
