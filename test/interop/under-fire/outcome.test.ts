import { describe, expect, test } from 'vitest';
import type { InputRecord } from './load.ts';
import { Outcome } from './outcome.ts';
import { referenceOf } from './reference.ts';
import type { Output } from './topology.ts';

const hourMs = 3_600_000;
const input = (topic: InputRecord['topic'], key: string, value: string | null): InputRecord => ({
  ...{ topic, key, value, timestamp: hourMs },
});
const reference = referenceOf([
  ...[input('clicks', 'u1', 'i1:5'), input('clicks', 'u1', 'i1:7')],
  ...[input('orders', 'o1', 'a'), input('orders', 'o1', 'b'), input('payments', 'o1', 'c')],
  ...[input('left', 'k1', '1'), input('left', 'k1', '2'), input('right', 'k1', '1')],
  ...[
    input('products', 'p1', '1'),
    input('baskets', 'b1', 'p1:1'),
    input('baskets', 'b2', 'p1:1'),
    input('baskets', 'b2', null),
  ],
]);
type Row = readonly [topic: Output, key: string, value: string | null];
const right: readonly Row[] = [
  ...(['1', '2'] as const).map((count): Row => ['counts', 'i1', count]),
  ...[3_300_000, hourMs].flatMap((start): Row[] => [
    ['amounts', `u1@${start}`, '1:5'],
    ['amounts', `u1@${start}`, '2:12'],
  ]),
  ...[['pairs', 'o1', 'a+c'] as const, ['pairs', 'o1', 'b+c'] as const],
  ...[['joined', 'k1', '1/1'] as const, ['joined', 'k1', '2/1'] as const],
  ...[['priced', 'b1', 'p1:1*1'] as const, ['priced', 'b2', 'p1:1*1'] as const, ['priced', 'b2', null] as const],
];

function differences(rows: readonly Row[]): string[] {
  const outcome = new Outcome();
  for (const [topic, key, value] of rows)
    outcome.take({ topic, partition: 0, key: Buffer.from(key), value: bytesOf(topic, value), timestamp: 0 });
  return outcome.differences(reference);
}

function bytesOf(topic: Output, value: string | null): Buffer | null {
  if (value === null || topic !== 'counts') return value === null ? null : Buffer.from(value);
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

describe('the judge of results', () => {
  test('accepts what must be there', () => {
    expect(differences(right)).toEqual([]);
  });

  test.each(['counts', 'amounts', 'pairs', 'joined'] as const)(
    'finds each result of %s that is there twice',
    (topic) => {
      for (const [at, row] of right.entries()) {
        if (row[0] === topic) expect(differences(right.toSpliced(at, 0, row))).not.toEqual([]);
      }
    },
  );

  test.each(['counts', 'amounts', 'pairs'] as const)('finds each result of %s that is missing', (topic) => {
    for (const [at, row] of right.entries()) {
      if (row[0] === topic) expect(differences(right.toSpliced(at, 1))).not.toEqual([]);
    }
  });

  test.each(['joined', 'priced'] as const)('finds a last row of %s that is an old one', (topic) => {
    const last = right.findLastIndex((row) => row[0] === topic);
    expect(differences(right.toSpliced(last, 1))).not.toEqual([]);
  });

  test('finds a step between rows of tables that is left out', () => {
    const rows = right.map((row): Row => (row[2] === '1/1' ? ['joined', 'k1', '0/1'] : row));
    expect(differences(rows)).not.toEqual([]);
  });
});
