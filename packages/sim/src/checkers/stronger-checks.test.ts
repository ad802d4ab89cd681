import { describe, expect, test } from 'vitest';
import type { HistoryEvent, MicroOperation } from '../history/event.ts';
import { found, oneByOne, sent, together } from '../testing/small-history.ts';
import type { Anomaly } from './anomaly.ts';
import { consumedOnce, moneyLost, outputsOfInputs } from './exactly-once.ts';
import { compactedWrong, notQuiet, replayDiffers } from './final-state.ts';
import { commitsAhead, lostCommits, staleCommits, twoOwners } from './group-offsets.ts';
import { HistoryIndex } from './history-index.ts';

const names = (anomalies: readonly Anomaly[]) => anomalies.map(({ name }) => name);
const index = (history: readonly HistoryEvent[]) => new HistoryIndex(history);
const commit = (proc: number, offset: number, type: 'ok' | 'info' | 'fail' = 'ok', generation = 1) => {
  return { proc, f: 'commit' as const, type, mops: [['commit', { 0: offset }] as const], more: { generation } };
};
const assign = (proc: number, generation: number, ...keys: number[]) => {
  return { proc, f: 'assign' as const, more: { generation, keys } };
};

describe('lostCommits()', () => {
  const left = (offset: number | undefined) => new Map(offset === undefined ? [] : [[0, offset]]);
  test.each<[string, HistoryEvent[], number | undefined]>([
    ['the last commit is what is left', oneByOne(commit(1, 3), commit(1, 5)), 5],
    ['of two at once either may be', together([commit(1, 3), commit(2, 5)]), 3],
    ['one without an answer may have come late', oneByOne(commit(1, 3, 'info'), commit(2, 5)), 3],
    ['or never', oneByOne(commit(1, 3, 'info')), undefined],
  ])('accepts that %s', (_, history, offset) => {
    expect(lostCommits(index(history), left(offset))).toEqual([]);
  });

  test.each<[string, HistoryEvent[], number | undefined]>([
    ['an older commit is left', oneByOne(commit(1, 3), commit(1, 5)), 3],
    ['none is left', oneByOne(commit(1, 3)), undefined],
    ['a refused one is left', oneByOne(commit(1, 3), commit(2, 5, 'fail')), 5],
    ['something is left that nobody committed', oneByOne(commit(1, 3)), 4],
  ])('rejects that %s', (_, history, offset) => {
    expect(names(lostCommits(index(history), left(offset)))).toEqual(['lost-commit']);
  });
});

describe('groups', () => {
  test('a commit of an old generation is stale once a member has the new one, and not before', () => {
    expect(staleCommits(index(oneByOne(assign(1, 1, 0), commit(1, 3), assign(2, 2, 0))))).toEqual([]);
    expect(staleCommits(index(together([assign(2, 2, 0), commit(1, 3)])))).toEqual([]);
    expect(names(staleCommits(index(oneByOne(assign(2, 2, 0), commit(1, 3)))))).toEqual(['stale-commit']);
  });

  test('a partition has one owner in a generation', () => {
    const itself = (process: number) => process;
    expect(twoOwners(index(oneByOne(assign(1, 1, 0), assign(2, 1, 1), assign(2, 2, 0))), itself)).toEqual([]);
    const both = index(oneByOne(assign(1, 1, 0, 1), assign(2, 1, 1)));
    expect(names(twoOwners(both, itself))).toEqual(['two-owners']);
    expect(twoOwners(both, () => 'static')).toEqual([]);
  });

  test('what is committed was given to a member', () => {
    const history = oneByOne(
      { proc: 1, f: 'send', mops: [sent(0, 0, 10), sent(0, 1, 11)] },
      { proc: 2, f: 'poll', mops: [found(0, [0, 10])] },
      { proc: 9, f: 'poll', mops: [found(0, [0, 10], [1, 11])] },
    );
    expect(commitsAhead(index(history), new Map([[0, 1]]), new Set([2]))).toEqual([]);
    expect(names(commitsAhead(index(history), new Map([[0, 2]]), new Set([2])))).toEqual(['commit-ahead']);
  });
});

describe('exactly once', () => {
  const input = { proc: 1, f: 'send' as const, mops: [sent(0, 0, 10), sent(0, 1, 11)] };
  const reader = { proc: 9, f: 'poll' as const, mops: [found(0, [0, 10], [1, 11])] };
  const transform = (proc: number, mops: readonly MicroOperation[], type: 'ok' | 'info' | 'fail' = 'ok') => {
    return { proc, f: 'txn' as const, type, mops };
  };
  const first = transform(2, [found(0, [0, 10]), sent(1, 0, 20)]);
  const second = transform(3, [found(0, [1, 11]), sent(1, 2, 21)]);
  const inputs = new Set([0]);
  const check = (history: HistoryEvent[], end: number) => {
    return names(consumedOnce(index(history), { committed: new Map([[0, end]]), inputs }));
  };

  test('each input below the committed offset is in one committed transaction', () => {
    expect(check(oneByOne(input, reader, first, second), 2)).toEqual([]);
    expect(check(oneByOne(input, reader, first, { ...second, type: 'fail' }), 1)).toEqual([]);
    expect(check(oneByOne(input, reader, first, { ...second, type: 'info' }), 1)).toEqual([]);
  });

  test('not in two, not in none, and not in one beyond', () => {
    expect(check(oneByOne(input, reader, first, second, { ...first, proc: 4 }), 2)).toEqual(['consumed-twice']);
    expect(check(oneByOne(input, reader, first), 2)).toEqual(['not-consumed']);
    expect(check(oneByOne(input, reader, first, second), 1)).toEqual(['not-consumed']);
  });

  test('outputs are the function of the inputs that are committed, in their order', () => {
    const outputs = [0, 2].map((offset) => ({ key: 1, value: offset, from: { key: 0, offset } }));
    const options = { inputs: new Map([[0, [0, 2, 3]]]), committed: new Map([[0, 3]]) };
    expect(outputsOfInputs({ ...options, outputs })).toEqual([]);
    for (const wrong of [outputs.slice(1), [...outputs, ...outputs.slice(1)], outputs.toReversed(), []]) {
      expect(names(outputsOfInputs({ ...options, outputs: wrong }))).toEqual(['wrong-output']);
    }
  });

  test('money is neither made nor lost', () => {
    expect(moneyLost([5, -5, 3, -3])).toEqual([]);
    expect(names(moneyLost([5, -5, 3]))).toEqual(['money-lost']);
  });
});

describe('the end', () => {
  const record = (offset: number, name: string, value: string | null) => ({ offset, name, value });
  const written = [record(0, 'a', '1'), record(1, 'b', '2'), record(2, 'a', '3'), record(4, 'b', null)];
  const compacted = (...places: number[]) => ({ key: 0, written, found: places.map((place) => written[place]!) });

  test('compaction keeps the last value of each name, or all, or drops what is deleted', () => {
    for (const left of [compacted(0, 1, 2, 3), compacted(2, 3), compacted(2)]) expect(compactedWrong(left)).toEqual([]);
  });

  test('compaction loses no last value, revives none, and moves nothing', () => {
    for (const left of [compacted(0, 3), compacted(1, 2), compacted(3, 2), compacted()]) {
      expect(names(compactedWrong(left))).toContain('compacted-wrong');
    }
    const changed = { ...compacted(2), found: [record(2, 'a', '1')] };
    expect(names(compactedWrong(changed))).toContain('compacted-wrong');
  });

  test('the log says what the coordinator says', () => {
    expect(replayDiffers('x', new Map([['a', 1]]), new Map([['a', 1]]))).toEqual([]);
    expect(replayDiffers('x', new Map([['a', 1]]), new Map([['b', 1]]))).toHaveLength(2);
    expect(replayDiffers('x', new Map([['a', 1]]), new Map([['a', 2]]))).toHaveLength(1);
  });

  test('nothing goes on any more', () => {
    const ends = [{ key: 0, latest: 5, stable: 5 }];
    expect(notQuiet({ ends, groups: [{ groupId: 'g', state: 'Empty' }] })).toEqual([]);
    expect(notQuiet({ ends: [{ key: 0, latest: 5, stable: 4 }], groups: [] })).toHaveLength(1);
    expect(notQuiet({ ends, groups: [{ groupId: 'g', state: 'PreparingRebalance' }] })).toHaveLength(1);
  });
});
