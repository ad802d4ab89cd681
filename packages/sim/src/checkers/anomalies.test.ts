import { describe, expect, test } from 'vitest';
import type { HistoryEvent } from '../history/event.ts';
import { found, oneByOne, sent, together } from '../testing/small-history.ts';
import { checkHistory, errorsIn } from './check-history.ts';

const errors = (history: readonly HistoryEvent[]) => errorsIn(checkHistory(history)).map(({ name }) => name);
const all = (history: readonly HistoryEvent[]) => checkHistory(history).map(({ name }) => name);

const assigned = (proc: number, ...keys: number[]) => ({ proc, f: 'assign' as const, more: { keys } });
const send = (proc: number, ...mops: ReturnType<typeof sent>[]) => ({ proc, f: 'send' as const, mops });
const poll = (proc: number, ...mops: ReturnType<typeof found>[]) => ({ proc, f: 'poll' as const, mops });
const txn = (proc: number, ...mops: ReturnType<typeof found>[]) => ({ proc, f: 'txn' as const, mops });

describe('what a history may show', () => {
  test.each<[string, HistoryEvent[]]>([
    ['offsets with holes', oneByOne(send(1, sent(0, 0, 10), sent(0, 5, 11)), poll(2, found(0, [0, 10], [5, 11])))],
    [
      'a record without an acknowledgement that is there',
      oneByOne({ ...send(1, sent(0, null, 10)), type: 'info' }, poll(2, found(0, [0, 10]))),
    ],
    ['one that is not', oneByOne({ ...send(1, sent(0, null, 10)), type: 'info' }, poll(2))],
    [
      'part of an operation acknowledged',
      oneByOne({ ...send(1, sent(0, 0, 10), sent(0, null, 11)), type: 'info' }, poll(2, found(0, [0, 10]))),
    ],
    [
      'an aborted transaction, read by who asked for everything',
      oneByOne({ ...txn(1, sent(0, 0, 10)), type: 'fail' }, { ...poll(2, found(0, [0, 10])), more: { iso: 'ru' } }),
    ],
    [
      'an aborted one between committed ones',
      oneByOne(
        send(1, sent(0, 0, 10)),
        { ...txn(1, sent(0, 1, 11)), type: 'fail' },
        send(1, sent(0, 3, 12)),
        { ...poll(3, found(0, [1, 11])), more: { iso: 'ru' } },
        assigned(2, 0),
        poll(2, found(0, [0, 10])),
        poll(2, found(0, [3, 12])),
      ),
    ],
    [
      'records deleted on request',
      oneByOne(
        send(1, sent(0, 0, 10), sent(0, 1, 11), sent(0, 2, 12)),
        { proc: 3, f: 'deleteRecords', mops: [['before', { 0: 2 }]], type: 'info' },
        poll(2, found(0, [2, 12])),
      ),
    ],
    [
      'a skip over deleted records',
      oneByOne(
        send(1, sent(0, 0, 10), sent(0, 1, 11), sent(0, 2, 12)),
        poll(4, found(0, [0, 10], [1, 11])),
        assigned(2, 0),
        poll(2, found(0, [0, 10])),
        { proc: 3, f: 'deleteRecords', mops: [['before', { 0: 2 }]] },
        poll(2, found(0, [2, 12])),
      ),
    ],
    [
      'a reader that begins anew after it was assigned other keys',
      oneByOne(
        send(1, sent(0, 0, 10)),
        assigned(2, 0),
        poll(2, found(0, [0, 10])),
        assigned(2, 1),
        assigned(2, 0),
        poll(2, found(0, [0, 10])),
      ),
    ],
    [
      'sends at the same time in either order',
      together([send(1, sent(0, 1, 10)), send(2, sent(0, 0, 11))], [poll(3, found(0, [0, 11], [1, 10]))]),
    ],
  ])('%s', (_, history) => {
    expect(errors(history)).toEqual([]);
  });

  test('a member of a group whose partitions come and go, which is told of', () => {
    const history = oneByOne(
      send(1, sent(0, 0, 10), sent(0, 1, 11), sent(0, 2, 12)),
      poll(3, found(0, [0, 10], [1, 11], [2, 12])),
      { proc: 2, f: 'subscribe' },
      poll(2, found(0, [0, 10])),
      poll(2, found(0, [2, 12])),
      poll(2, found(0, [1, 11])),
    );
    expect(errors(history)).toEqual([]);
    expect(all(history)).toEqual(['poll-skip', 'nonmonotonic-poll']);
  });

  test('transactions that interleave, which is told of', () => {
    const history = together(
      [txn(1, sent(0, 0, 10), sent(1, 1, 11)), txn(2, sent(0, 1, 20), sent(1, 0, 21))],
      [poll(3, found(0, [0, 10], [1, 20]), found(1, [0, 21], [1, 11]))],
    );
    expect(errors(history)).toEqual([]);
    expect(all(history)).toContain('G0');
  });
});

describe('what a history must not show', () => {
  test('a torn transaction: one value was read, so that all of it is owed', () => {
    const torn = { ...txn(1, sent(0, 0, 10), sent(1, 0, 11)), type: 'info' as const };
    expect(errors(oneByOne(torn, poll(2, found(0, [0, 10]))))).toEqual(['unseen']);
    const later = send(3, sent(1, 1, 12));
    expect(errors(oneByOne(torn, later, poll(2, found(0, [0, 10]), found(1, [1, 12]))))).toEqual(['lost-write']);
  });

  test('a value in two partitions', () => {
    const history = oneByOne(send(1, sent(0, 0, 10)), poll(2, found(0, [0, 10]), found(1, [0, 10])));
    expect(errors(history)).toContain('duplicate');
  });

  test('a failed send that is read, even by who asked for everything', () => {
    const refused = { ...send(1, sent(0, null, 10)), type: 'fail' as const };
    expect(errors(oneByOne(refused, { ...poll(2, found(0, [0, 10])), more: { iso: 'ru' } }))).toEqual(['G1a']);
  });

  test('a skip by a reader that chose its partitions itself', () => {
    const sends = send(1, sent(0, 0, 10), sent(0, 1, 11), sent(0, 2, 12));
    const others = poll(3, found(0, [0, 10], [1, 11], [2, 12]));
    const history = oneByOne(sends, others, assigned(2, 0), poll(2, found(0, [0, 10])), poll(2, found(0, [2, 12])));
    expect(errors(history)).toEqual(['poll-skip']);
  });

  test('effects before causes, through what processes did one after the other', () => {
    const history = together(
      [poll(1, found(0, [0, 20])), poll(2, found(1, [0, 10]))],
      [send(1, sent(1, 0, 10)), send(2, sent(0, 0, 20))],
    );
    expect(errors(history)).toContain('G1c-process');
  });

  test('an order of writes against that of the clock, which only the order of writes shows', () => {
    const history = oneByOne(send(1, sent(0, 1, 10)), send(2, sent(0, 0, 11)), poll(3, found(0, [0, 11], [1, 10])));
    expect(errors(history)).toEqual(['realtime-order']);
    expect(all(history)).toContain('G0-realtime');
  });

  test('a stable end behind the end, or one that goes back', () => {
    const ends = (latest: number, stable: number) => {
      return { proc: 5, f: 'listOffsets' as const, mops: [['ends', { 0: { latest, stable } }] as const] };
    };
    expect(errors(oneByOne(ends(3, 4)))).toEqual(['nonmonotonic-ends']);
    expect(errors(oneByOne(ends(5, 4), ends(6, 3)))).toEqual(['nonmonotonic-ends']);
    expect(errors(oneByOne(ends(5, 4), ends(4, 4)))).toEqual(['nonmonotonic-ends']);
    expect(errors(oneByOne(ends(5, 4), ends(6, 6)))).toEqual([]);
  });
});
