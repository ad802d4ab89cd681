import { describe, expect, test } from 'vitest';
import type { EndedTxn } from '../core/partition/open-transactions.ts';
import { TxnIndex, txnEntryBytes } from './txn-index.ts';

const txn = (firstOffset: number, lastOffset: number, lastStableOffset = lastOffset + 1): EndedTxn => {
  return { producerId: 4000 + firstOffset, firstOffset, lastOffset, lastStableOffset };
};

function indexOf(...txns: EndedTxn[]): TxnIndex {
  const index = new TxnIndex();
  for (const each of txns) index.append(each);
  return index;
}

const written = (index: TxnIndex) => index.entries.bytes.subarray(0, index.entries.count * txnEntryBytes);

function search(index: TxnIndex, fromOffset: number, toOffset: number): (number | boolean)[] {
  const found: EndedTxn[] = [];
  const isAll = index.collect({ fromOffset, toOffset }, found);
  return [...found.map(({ firstOffset }) => firstOffset), isAll];
}

test('an entry has the bytes that Kafka writes', () => {
  const bytes = written(indexOf({ producerId: 1, firstOffset: 2, lastOffset: 2 ** 40, lastStableOffset: 4 }));
  expect(bytes.toString('hex')).toBe('0000000000000000000100000000000000020000010000000000' + '0000000000000004');
});

describe('a search', () => {
  const index = indexOf(txn(0, 5, 3), txn(3, 9), txn(12, 20, 15), txn(15, 21));

  test('finds the transactions that overlap the range', () => {
    expect(search(index, 0, 3)).toEqual([0, true]);
    expect(search(index, 0, 4)).toEqual([0, 3, true]);
    expect(search(index, 6, 10)).toEqual([3, true]);
    expect(search(index, 10, 12)).toEqual([true]);
    expect(search(index, 20, 30)).toEqual([12, 15, false]);
    expect(search(index, 22, 30)).toEqual([false]);
  });
});

test('is cut off before the markers that go', () => {
  const index = indexOf(txn(0, 5), txn(3, 9), txn(12, 20));
  index.truncateTo(9);
  expect(search(index, 0, 100)).toEqual([0, false]);
  index.truncateTo(0);
  expect(index.isEmpty).toBe(true);
});

test('files that cannot be right are found out', () => {
  const bytes = Buffer.from(written(indexOf(txn(100, 105), txn(103, 109))));
  const isSane = (content: Buffer, baseOffset = 100) => new TxnIndex(content).isSane(baseOffset);
  expect([isSane(bytes), isSane(bytes, 105), isSane(Buffer.alloc(0))]).toEqual([true, true, true]);
  expect(isSane(bytes, 106)).toBe(false);
  expect(isSane(bytes.subarray(0, 67))).toBe(false);
  expect(isSane(Buffer.concat([bytes, bytes.subarray(0, 34)]))).toBe(false);
  bytes[1] = 1;
  expect(isSane(bytes)).toBe(false);
});
