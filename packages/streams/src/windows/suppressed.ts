import { type Duration, durationMs } from '../duration.ts';
import type { TopicConfig } from '../topology/topic-configs.ts';
import { idleMsOf } from './emit-strategy.ts';

/** How results are held back, and how many. */
export interface SuppressOptions {
  /** The node's name; its store has it too. Default: generated ones. */
  readonly name?: string;
  /** How many keys may wait. Default: any number. */
  readonly maxRecords?: number;
  /** How many bytes may wait. Default: any number. */
  readonly maxBytes?: number;
  /** What to do when more would wait: send the oldest early, or end the task. Default: `fail`. */
  readonly whenFull?: 'emit' | 'fail';
  /** Backs the store with a changelog topic. Default: true. */
  readonly logged?: boolean;
  /** Settings of the changelog topic that differ from the usual ones. */
  readonly topicConfig?: TopicConfig;
  /**
   * How long no change has come when time goes on with the clock, so that what is held back is sent. Records that come later for windows
   * that have closed so are late, which they would not be if the input were read again. Default: it waits for a record.
   */
  readonly idle?: Duration;
}

/** What `suppress` is told. Make it with {@link Suppressed}. */
export interface Suppression extends Required<Omit<SuppressOptions, 'name' | 'idle'>> {
  readonly idleMs: number | undefined;
  readonly name: string | undefined;
  /** Until a time after the first change, in milliseconds, or until the window of the key has closed. */
  readonly until: { readonly limitMs: number } | 'window-close';
}

/**
 * Ways to hold back the changes of a table.
 *
 * @example Only the last count of each minute
 * ```ts
 * perMinute.suppress(Suppressed.untilWindowCloses());
 * ```
 */
export const Suppressed = Object.freeze({
  /** Sends a key's last change when stream time is that much later than its first one. */
  untilTimeLimit(limit: Duration, options: SuppressOptions = {}): Suppression {
    return suppression({ limitMs: durationMs(limit, 'limit') }, options);
  },

  /** Sends one result for each window, when its grace is over. Nothing may be sent early. */
  untilWindowCloses(options: Omit<SuppressOptions, 'whenFull'> = {}): Suppression {
    if ((options as SuppressOptions).whenFull === 'emit') {
      throw new TypeError('untilWindowCloses() cannot send results early: leave whenFull out');
    }
    return suppression('window-close', options);
  },
});

function suppression(until: Suppression['until'], options: SuppressOptions): Suppression {
  const { name, maxRecords = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY } = options;
  const { whenFull = 'fail', logged = true, topicConfig = {} } = options;
  const idleMs = idleMsOf(options.idle);
  for (const [what, most] of Object.entries({ maxRecords, maxBytes })) {
    if (!(most >= 0)) throw new RangeError(`${what} must be 0 or more, got ${most}`);
  }
  return Object.freeze({ name, maxRecords, maxBytes, whenFull, logged, topicConfig, idleMs, until });
}
