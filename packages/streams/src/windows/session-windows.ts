import { type Duration, durationMs } from '../duration.ts';

/**
 * Sessions: a key's records between which no gap is longer than the inactivity gap. A session reaches from its first to its last
 * record, both included.
 *
 * @example Visits that end after half an hour without a click
 * ```ts
 * clicks.groupByKey().windowedBy(SessionWindows.ofInactivityGapWithNoGrace('30m')).count();
 * ```
 */
export class SessionWindows {
  readonly gapMs: number;
  /** How long after its end and the gap a session still takes records, in milliseconds of stream time. */
  readonly graceMs: number;

  private constructor(gapMs: number, graceMs: number) {
    this.gapMs = gapMs;
    this.graceMs = graceMs;
  }

  /** Sessions that wait for late records. */
  static ofInactivityGapAndGrace(gap: Duration, grace: Duration): SessionWindows {
    const gapMs = durationMs(gap, 'gap');
    if (gapMs === 0) throw new RangeError('gap must be above 0');
    return new SessionWindows(gapMs, durationMs(grace, 'grace'));
  }

  /** Sessions that close as soon as stream time has passed their end by more than the gap. */
  static ofInactivityGapWithNoGrace(gap: Duration): SessionWindows {
    return SessionWindows.ofInactivityGapAndGrace(gap, 0);
  }
}
