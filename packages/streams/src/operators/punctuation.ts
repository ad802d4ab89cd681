import { type Duration, durationMs } from '../duration.ts';

/** What makes a punctuation due: the timestamps of the records that a task takes, or the clock of the machine. */
export type PunctuationType = 'stream-time' | 'wall-clock-time';

/** Is told stream time or wall-clock time, in milliseconds since 1970: what it is now, not when it was due. */
export type Punctuator = (timestampMs: number) => void;

/** How often a punctuator is called, and from when on (KIP-1146). */
export interface PunctuationTimes {
  readonly interval: Duration;
  /** In milliseconds since 1970: it is called at this time and whole intervals later, as far as they have not passed. */
  readonly startTime?: number;
}

/** Ends a punctuation. */
export interface Cancellable {
  /** The punctuator is not called again; it may be called by the punctuator itself, and more than once. */
  cancel(): void;
}

/** Has a function called again and again in a task. */
export type Schedule = (
  times: Duration | PunctuationTimes,
  type: PunctuationType,
  punctuator: Punctuator,
) => Cancellable;

/** What was asked for, in milliseconds. @throws {RangeError | TypeError} When it makes no sense. */
export function punctuationTimes(times: Duration | PunctuationTimes): {
  readonly intervalMs: number;
  readonly startMs: number | undefined;
} {
  const { interval, startTime } = typeof times === 'object' ? times : { interval: times };
  const intervalMs = durationMs(interval, 'interval');
  if (intervalMs < 1) throw new RangeError(`interval must be at least a millisecond, got ${interval}`);
  if (startTime !== undefined && !(Number.isSafeInteger(startTime) && startTime >= 0)) {
    throw new RangeError(`startTime must be whole milliseconds since 1970, 0 or more, got ${startTime}`);
  }
  return { intervalMs, startMs: startTime };
}
