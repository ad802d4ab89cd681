import { type Duration, durationMs } from '../duration.ts';

/**
 * How far apart in time two records may lie to be joined, both bounds included.
 *
 * A record of the other stream fits when it is at most `before` earlier and at most `after` later than one of this stream.
 *
 * @example A payment up to an hour after its order
 * ```ts
 * orders.join(payments, pay, JoinWindows.ofTimeDifferenceAndGrace('1h', '5m').before(0));
 * ```
 */
export class JoinWindows {
  readonly beforeMs: number;
  readonly afterMs: number;
  /** How long after the window still late records are waited for, in milliseconds of stream time. */
  readonly graceMs: number;

  private constructor(beforeMs: number, afterMs: number, graceMs: number) {
    if (beforeMs + afterMs < 0) {
      throw new RangeError(`before and after together must be 0 or more, got ${beforeMs} and ${afterMs}`);
    }
    this.beforeMs = beforeMs;
    this.afterMs = afterMs;
    this.graceMs = graceMs;
  }

  /** Windows of the same width to both sides, which wait for late records. */
  static ofTimeDifferenceAndGrace(timeDifference: Duration, grace: Duration): JoinWindows {
    const differenceMs = durationMs(timeDifference, 'timeDifference');
    return new JoinWindows(differenceMs, differenceMs, durationMs(grace, 'grace'));
  }

  /** Windows of the same width to both sides, which close as soon as stream time is beyond them. */
  static ofTimeDifferenceWithNoGrace(timeDifference: Duration): JoinWindows {
    return JoinWindows.ofTimeDifferenceAndGrace(timeDifference, 0);
  }

  /** The same with another bound for earlier records; a negative number asks them to be that much later. */
  before(timeDifference: Duration): JoinWindows {
    return new JoinWindows(signedMs(timeDifference, 'before'), this.afterMs, this.graceMs);
  }

  /** The same with another bound for later records; a negative number asks them to be that much earlier. */
  after(timeDifference: Duration): JoinWindows {
    return new JoinWindows(this.beforeMs, signedMs(timeDifference, 'after'), this.graceMs);
  }

  get sizeMs(): number {
    return this.beforeMs + this.afterMs;
  }
}

function signedMs(duration: Duration, name: string): number {
  const isNegative = typeof duration === 'number' && duration < 0;
  return isNegative ? -durationMs(-duration, name) : durationMs(duration, name);
}
