import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PunctuationType } from '../operators/punctuation.ts';
import { Punctuations } from './punctuations.ts';

/** Punctuations that note `name@time` of each call. */
function noting(wallTimeMs = 0) {
  const punctuations = new Punctuations(wallTimeMs);
  const calls: string[] = [];
  const schedule = (
    name: string,
    times: Parameters<Punctuations['schedule']>[0],
    type: PunctuationType = 'stream-time',
    { streamTimeMs = -1, also = () => {} }: { readonly streamTimeMs?: number; readonly also?: () => void } = {},
  ) => {
    const punctuator = (timeMs: number) => {
      calls.push(`${name}@${timeMs}`);
      also();
    };
    return punctuations.schedule(times, type, { node: 'n', punctuator, streamTimeMs });
  };
  const advance = (nowMs: number, type: PunctuationType = 'stream-time') => {
    const queue = type === 'stream-time' ? punctuations.streamTime : punctuations.wallClock;
    queue.run(nowMs, ({ punctuator }) => {
      punctuator(nowMs);
      return true;
    });
    return calls.splice(0);
  };
  return { punctuations, schedule, advance };
}

describe('a punctuation by stream time', () => {
  test('runs with the first record, then when a whole interval from 0 has passed, and once for many of them', () => {
    const { schedule, advance } = noting();
    schedule('a', 10);
    expect([7, 9, 10, 55, 59, 60].map((timeMs) => advance(timeMs))).toEqual([
      ['a@7'],
      [],
      ['a@10'],
      ['a@55'],
      [],
      ['a@60'],
    ]);
  });

  test('waits for the time that it is to start with', () => {
    const { schedule, advance } = noting();
    schedule('a', { interval: 10, startTime: 25 });
    expect([24, 25, 34, 36, 44, 45].map((timeMs) => advance(timeMs).length)).toEqual([0, 1, 0, 1, 0, 1]);
  });

  test('leaves out the times that had passed when it was made', () => {
    const { schedule, advance } = noting();
    schedule('a', { interval: 10, startTime: 5 }, 'stream-time', { streamTimeMs: 22 });
    expect([22, 24, 25].map((timeMs) => advance(timeMs).length)).toEqual([0, 0, 1]);
  });

  test('leaves out the times before a restart, when it runs at given times', () => {
    const { punctuations, schedule, advance } = noting();
    schedule('anchored', { interval: 10, startTime: 5 });
    schedule('free', 10);
    punctuations.streamTime.skipTo(22);
    expect(advance(24)).toEqual(['free@24']);
    expect(advance(25)).toEqual(['anchored@25']);
  });

  test('that another one makes runs at the same time', () => {
    const { schedule, advance } = noting();
    let isMade = false;
    const also = () => {
      if (!isMade) schedule('inner', 10);
      isMade = true;
    };
    schedule('outer', 10, 'stream-time', { also });
    expect(advance(3)).toEqual(['outer@3', 'inner@3']);
    expect(advance(10)).toEqual(['outer@10', 'inner@10']);
  });

  test('cannot keep a task for ever by making others', () => {
    const { schedule, advance } = noting();
    const also = () => {
      schedule('again', 10, 'stream-time', { also });
    };
    also();
    expect(() => advance(3)).toThrow(RangeError);
  });
});

describe('a punctuation by the wall clock', () => {
  test('runs an interval after it was made, and once for many intervals', () => {
    const { schedule, advance } = noting(1_003);
    schedule('a', '10ms', 'wall-clock-time');
    expect(
      [1_012, 1_013, 1_022, 1_050, 1_052, 1_053].map((timeMs) => advance(timeMs, 'wall-clock-time').length),
    ).toEqual([0, 1, 0, 1, 0, 1]);
  });

  test('is not moved by stream time', () => {
    const { schedule, advance } = noting();
    schedule('a', 10, 'wall-clock-time');
    expect(advance(1_000)).toEqual([]);
  });
});

test('equal times are served in the order in which they were asked for', () => {
  const { schedule, advance } = noting();
  for (const name of ['a', 'b', 'c']) schedule(name, 10);
  expect(advance(0)).toEqual(['a@0', 'b@0', 'c@0']);
});

test('what is cancelled does not run, also when it is cancelled by itself or by another at the same time', () => {
  const { schedule, advance } = noting();
  const itself = schedule('itself', 10, 'stream-time', { also: () => itself.cancel() });
  schedule('other', 10, 'stream-time', { also: () => last.cancel() });
  const last = schedule('last', 10);
  expect(advance(0)).toEqual(['itself@0', 'other@0']);
  expect(advance(10)).toEqual(['other@10']);
});

test('intervals below a millisecond, starts before 1970 and other kinds of time are refused', () => {
  const { schedule } = noting();
  expect(() => schedule('a', 0)).toThrow(RangeError);
  expect(() => schedule('a', { interval: 10, startTime: -1 })).toThrow(RangeError);
  expect(() => schedule('a', 10, 'event-time' as PunctuationType)).toThrow(TypeError);
});

test('each runs at most once at a time, and exactly when a multiple of its interval has been passed', () => {
  const intervals = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 6 });
  const steps = fc.array(fc.nat(120), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(intervals, steps, (each, advances) => {
      const { schedule, advance } = noting();
      each.forEach((interval, at) => void schedule(String(at), interval));
      let before = -1;
      let nowMs = 0;
      for (const step of advances) {
        nowMs += step;
        const due = each.flatMap((interval, at) => {
          const passed = before < 0 || Math.floor(nowMs / interval) > Math.floor(before / interval);
          return passed ? [`${at}@${nowMs}`] : [];
        });
        expect(advance(nowMs).sort()).toEqual(due.sort());
        before = nowMs;
      }
    }),
  );
});
