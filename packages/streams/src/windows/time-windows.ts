import type { Window } from '@nagare/serdes';
import { type Duration, durationMs } from '../duration.ts';

/**
 * Windows of fixed size that lie along the epoch: `[start, end)`.
 *
 * They follow each other without a gap (tumbling), or start more often and overlap (hopping, {@link TimeWindows.advanceBy}).
 *
 * @example A minute at a time, waiting ten seconds for late records
 * ```ts
 * orders.groupByKey().windowedBy(TimeWindows.ofSizeAndGrace('1m', '10s')).count();
 * ```
 */
export class TimeWindows {
  readonly sizeMs: number;
  readonly advanceMs: number;
  /** How long after its end a window still takes records, in milliseconds of stream time. */
  readonly graceMs: number;

  private constructor(sizeMs: number, advanceMs: number, graceMs: number) {
    this.sizeMs = sizeMs;
    this.advanceMs = advanceMs;
    this.graceMs = graceMs;
  }

  /** Windows that wait for late records. */
  static ofSizeAndGrace(size: Duration, grace: Duration): TimeWindows {
    const sizeMs = durationMs(size, 'size');
    if (sizeMs === 0) throw new RangeError('size must be above 0');
    return new TimeWindows(sizeMs, sizeMs, durationMs(grace, 'grace'));
  }

  /** Windows that close as soon as stream time reaches their end. */
  static ofSizeWithNoGrace(size: Duration): TimeWindows {
    return TimeWindows.ofSizeAndGrace(size, 0);
  }

  /** The same windows, started every `advance`: 0 < advance <= size. */
  advanceBy(advance: Duration): TimeWindows {
    const advanceMs = durationMs(advance, 'advance');
    if (advanceMs === 0 || advanceMs > this.sizeMs) {
      throw new RangeError(`advance must be above 0 and at most the size (${this.sizeMs}), got ${advanceMs}`);
    }
    return new TimeWindows(this.sizeMs, advanceMs, this.graceMs);
  }

  /** The windows that a timestamp falls into, the earliest first. None starts before 0. */
  windowsFor(timestamp: number): Window[] {
    const windows: Window[] = [];
    const earliest = Math.max(0, timestamp - this.sizeMs + this.advanceMs);
    const first = Math.floor(earliest / this.advanceMs) * this.advanceMs;
    for (let start = first; start <= timestamp; start += this.advanceMs) {
      windows.push({ start, end: start + this.sizeMs });
    }
    return windows;
  }
}
