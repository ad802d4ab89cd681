import type { Window } from '@nagare/serdes';

/**
 * One window for each key, which starts at a time and never ends. Records before it belong to none.
 *
 * @example Everything since the new year
 * ```ts
 * orders.groupByKey().windowedBy(UnlimitedWindows.startOn(Date.UTC(2026, 0, 1))).count();
 * ```
 */
export class UnlimitedWindows {
  readonly startMs: number;
  readonly sizeMs = Number.MAX_SAFE_INTEGER;
  readonly graceMs = 0;

  private constructor(startMs: number) {
    this.startMs = startMs;
  }

  /** Windows that start at 0. */
  static of(): UnlimitedWindows {
    return new UnlimitedWindows(0);
  }

  /** Windows that start at a time, in milliseconds since 1970. */
  static startOn(startMs: number): UnlimitedWindows {
    if (Number.isSafeInteger(startMs) && startMs >= 0) return new UnlimitedWindows(startMs);
    throw new RangeError(`startMs must be whole milliseconds of 0 or more, got ${startMs}`);
  }

  /** The window, if the timestamp is not before it. */
  windowsFor(timestamp: number): Window[] {
    return timestamp < this.startMs ? [] : [{ start: this.startMs, end: Number.MAX_SAFE_INTEGER }];
  }
}
