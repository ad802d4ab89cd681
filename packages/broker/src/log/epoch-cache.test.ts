import { expect, test } from 'vitest';
import { parseOffsets } from './checkpoint.ts';
import { EpochCache } from './epoch-cache.ts';

function cache(...entries: [epoch: number, startOffset: number][]): EpochCache {
  const made = new EpochCache();
  for (const [epoch, startOffset] of entries) made.assign(epoch, startOffset);
  return made;
}

test('an epoch ends where the next known one starts', () => {
  const epochs = cache([1, 10], [4, 20]);
  expect([0, 1, 3, 4, 5, -1, -2].map((epoch) => epochs.endOffsetFor(epoch, 25))).toEqual([
    { epoch: 0, endOffset: 10 },
    { epoch: 1, endOffset: 20 },
    { epoch: 1, endOffset: 20 },
    { epoch: 4, endOffset: 25 },
    { epoch: -1, endOffset: -1 },
    { epoch: -1, endOffset: -1 },
    { epoch: -2, endOffset: 10 },
  ]);
  expect(new EpochCache().endOffsetFor(0, 5)).toEqual({ epoch: -1, endOffset: -1 });
});

test('a new entry pushes out those that contradict it', () => {
  expect(cache([1, 0], [2, 10], [3, 20], [4, 10]).entries()).toEqual([
    { epoch: 1, startOffset: 0 },
    { epoch: 4, startOffset: 10 },
  ]);
  expect(cache([3, 5]).assign(3, 9)).toBe(false);
});

test('cutting the log off at either end leaves the epochs of what remains', () => {
  const fromEnd = cache([1, 0], [2, 10], [3, 20]);
  expect([fromEnd.truncateFromEnd(20), fromEnd.truncateFromEnd(20)]).toEqual([true, false]);
  expect(fromEnd.latest).toBe(2);
  const fromStart = cache([1, 0], [2, 10], [3, 20]);
  expect([fromStart.truncateFromStart(15), fromStart.truncateFromStart(15)]).toEqual([true, false]);
  expect(fromStart.toText()).toBe('0\n2\n2 15\n3 20\n');
});

test('a checkpoint that is torn or strange is not believed', () => {
  const restored = new EpochCache();
  restored.restore('0\n2\n2 15\n3 20\n');
  expect(restored.epochAt(19)).toBe(2);
  for (const text of ['', '0\n2\n2 15\n', '1\n1\n2 15\n', '0\nx\n', '0\n1\n2 -5\n']) {
    restored.restore(text);
    expect(restored.entries()).toEqual([]);
  }
  expect([...parseOffsets('0\n2\na-b 1 5\nrubbish\n')]).toEqual([['a-b 1', 5]]);
});
