import { describe, expect, test } from 'vitest';
import { Outcome, type Row } from './outcome.ts';

const shape = { hasWindows: true, hasJoin: true };
const changelogOf = (store: string) => `app-${store}-changelog`;

function row(topic: string, key: string | Buffer, value: string, partition = 0, timestamp = 0): Row {
  return { topic, partition, key: Buffer.from(key), value, timestamp };
}

/** The key of a window that starts at 0, as changelogs have it. */
const firstWindow = (key: string) => Buffer.concat([Buffer.from(key), Buffer.alloc(12)]);

const right: readonly Row[] = [
  row('orders', 'a', '2'),
  row('orders', 'b', '4', 1),
  row('orders', 'a', '6', 0, 6_000),
  row('orders', 'a', '7'),
  ...['2', '2,4', '2,4,6'].map((list) => row('lists', 'g0', list)),
  row('lists', 'g1', '7'),
  ...['2', '2,7'].map((list) => row('windows', 'a@0', list)),
  row('windows', 'b@0', '4'),
  row('windows', 'a@5000', '6'),
  ...['10', '11'].map((value) => row('left', 'k', value)),
  ...['20', '21'].map((value) => row('right', 'k', value)),
  row('left', 'alone', '12'),
  ...['11/20', '11/21'].map((pair) => row('joined', 'k', pair)),
  row('app-lists-changelog', 'g0', '2,4'),
  row('app-lists-changelog', 'g0', '2,4,6'),
  row('app-lists-changelog', 'g1', '7'),
  row('app-windows-changelog', firstWindow('a'), '2,7'),
  row('app-windows-changelog', firstWindow('b'), '4'),
  row('app-windows-changelog', Buffer.concat([Buffer.from('a'), startAt(5_000)]), '6'),
  row('app-left-changelog', 'k', '11'),
  row('app-left-changelog', 'alone', '12'),
  row('app-right-changelog', 'k', '21'),
];

function startAt(ms: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeBigInt64BE(BigInt(ms));
  return bytes;
}

function wrongIn(rows: readonly Row[]): string[] {
  const outcome = new Outcome(shape);
  for (const each of rows) outcome.take(each);
  return [...outcome.differences(), ...outcome.changelogDifferences(changelogOf)];
}

/** The rows without those of a topic with a value, or with other values in their place. */
const replaced = (topic: string, value: string, ...values: readonly string[]) =>
  right.flatMap((each) => {
    if (each.topic !== topic || each.value !== value) return [each];
    return values.map((other) => ({ ...each, value: other }));
  });

describe('what an application wrote', () => {
  test('is accepted when each input counts once, in the order of its partition', () => {
    expect(wrongIn(right)).toEqual([]);
    expect(wrongIn(replaced('lists', '2,4', '2,4'))).toEqual([]);
  });

  test.each([
    ['an output is missing', replaced('lists', '2,4')],
    ['the last output is missing', replaced('lists', '2,4,6')],
    ['an output is there twice', replaced('lists', '2,4', '2,4', '2,4')],
    ['an input counts twice', replaced('lists', '2,4,6', '2,4,2')],
    [
      'the order of a partition is not kept',
      [...right.slice(0, 4), row('lists', 'g0', '6'), row('lists', 'g0', '6,2')],
    ],
    ['something counts that is no input', replaced('lists', '7', '9')],
    ['a window is missing', replaced('windows', '6')],
    ['a change of a joined table is missing', replaced('joined', '11/20')],
    ['a change of a joined table is there twice', replaced('joined', '11/20', '11/20', '11/20')],
    ['the last row of a joined table is missing', replaced('joined', '11/21')],
    ['the changelog lacks the last change', replaced('app-lists-changelog', '2,4,6')],
    ['the changelog lacks a window', replaced('app-windows-changelog', '6')],
    ['the changelog of a table has an old row', replaced('app-right-changelog', '21', '20')],
  ])('is rejected when %s', (_what, rows) => {
    expect(wrongIn(rows)).not.toEqual([]);
  });
});
