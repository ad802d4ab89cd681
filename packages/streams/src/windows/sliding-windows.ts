import { type Duration, durationMs } from '../duration.ts';

/**
 * Windows that are there for every set of a key's records that lie within a time difference of each other (KIP-450).
 *
 * Both ends belong to a window, so it is a millisecond longer than the difference. A window without records, and one that
 * starts before 0, is never made.
 *
 * @example How many orders came in any ten minutes
 * ```ts
 * orders.groupByKey().windowedBy(SlidingWindows.ofTimeDifferenceAndGrace('10m', '1m')).count();
 * ```
 */
export class SlidingWindows {
  readonly timeDifferenceMs: number;
  /** How long after its end a window still takes records, in milliseconds of stream time. */
  readonly graceMs: number;

  private constructor(timeDifferenceMs: number, graceMs: number) {
    this.timeDifferenceMs = timeDifferenceMs;
    this.graceMs = graceMs;
  }

  /** Windows that wait for late records. */
  static ofTimeDifferenceAndGrace(timeDifference: Duration, grace: Duration): SlidingWindows {
    return new SlidingWindows(durationMs(timeDifference, 'timeDifference'), durationMs(grace, 'grace'));
  }

  /** Windows that close as soon as stream time is beyond their end. */
  static ofTimeDifferenceWithNoGrace(timeDifference: Duration): SlidingWindows {
    return SlidingWindows.ofTimeDifferenceAndGrace(timeDifference, 0);
  }
}
