import { describe, expect, test } from 'vitest';
import type { Clock } from '../clock.ts';
import { type Timers, timerDelayMsMax } from '../timers.ts';
import type { Run } from './subject.ts';

export interface TimersSubject {
  readonly timers: Timers;
  readonly clock: Clock;
  readonly run: Run;
}

type Check = (promise: string, body: (subject: TimersSubject) => Promise<void>) => void;

/** How much sooner than asked a timer may wake: operating systems count whole milliseconds. */
const earlyMsMax = 1;

/** What every Timers, with the Clock beside it, must do. Call it from the test of each implementation. */
export function timersSuite(name: string, open: () => TimersSubject): void {
  const check: Check = (promise, body) =>
    test(promise, () => {
      const subject = open();
      return subject.run(() => body(subject));
    });

  describe(`${name} keeps the Timers contract`, () => {
    describe('for delays', () => checkDelays(check));
    describe('for what is soon', () => checkSoon(check));
  });
}

function checkDelays(check: Check): void {
  check('wakes after the delay, by monotonic time', async ({ timers, clock }) => {
    const startMs = clock.monotonicMs();
    await wait(timers, 15);
    expect(clock.monotonicMs() - startMs).toBeGreaterThanOrEqual(15 - earlyMsMax);
  });

  check('wakes the shorter delay first', async ({ timers }) => {
    const woken: number[] = [];
    timers.after(20, () => woken.push(20));
    timers.after(2, () => woken.push(2));
    await wait(timers, 40);
    expect(woken).toEqual([2, 20]);
  });

  check('does not wake a cancelled timer, and takes a late cancel', async ({ timers }) => {
    const woken: string[] = [];
    const cancelled = timers.after(1, () => woken.push('cancelled'));
    const other = timers.after(1, () => woken.push('other'));
    cancelled.cancel();
    await wait(timers, 10);
    other.cancel();
    expect(woken).toEqual(['other']);
  });

  check('never calls back before it returns, not for a delay of 0 or less either', async ({ timers }) => {
    const called: string[] = [];
    timers.after(0, () => called.push('zero'));
    timers.after(-5, () => called.push('negative'));
    timers.soon(() => called.push('soon'));
    expect(called).toEqual([]);
    await wait(timers, 10);
    expect(called.sort()).toEqual(['negative', 'soon', 'zero']);
  });

  check('shortens a delay that is too long instead of waking at once', async ({ timers }) => {
    const woken: number[] = [];
    const tooLong = [timerDelayMsMax, timerDelayMsMax + 1, 2 ** 53, Number.POSITIVE_INFINITY].map((delayMs) =>
      timers.after(delayMs, () => woken.push(delayMs)),
    );
    await wait(timers, 20);
    expect(woken).toEqual([]);
    for (const timer of tooLong) timer.cancel();
  });
}

function checkSoon(check: Check): void {
  check('runs what is soon in the order asked', async ({ timers }) => {
    const ran: number[] = [];
    await new Promise<void>((resolve) => {
      for (const number of [1, 2, 3]) timers.soon(() => ran.push(number));
      timers.soon(resolve);
    });
    expect(ran).toEqual([1, 2, 3]);
  });
}

function wait(timers: Timers, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    timers.after(delayMs, resolve);
  });
}
