import { type Duration, durationMs } from '../duration.ts';

/**
 * When windowed results are sent: every new state, or only the last one, once the window has closed (KIP-825).
 *
 * Closed windows are looked for when a record comes, at most every second of the clock's time (`emitIntervalMs`).
 */
export type EmitStrategy = 'on-window-update' | 'on-window-close';

/** How windows close while no record comes. */
export interface EmitOptions {
  /**
   * With `on-window-close`: how long no record has come to the operator when its time goes on with the clock, so that windows close. Records
   * that come later for windows that have closed so are late, which they would not be if the input were read again. Default: windows wait
   * for a record.
   */
  readonly idle?: Duration;
}

/** A strategy that was checked. */
export interface Emission {
  readonly emit: EmitStrategy;
  readonly idleMs: number | undefined;
}

/** Checks a strategy that the application gave. */
export function emissionOf(strategy: EmitStrategy, { idle }: EmitOptions = {}): Emission {
  if (strategy !== 'on-window-update' && strategy !== 'on-window-close') {
    throw new TypeError(`emitStrategy must be on-window-update or on-window-close, got ${String(strategy)}`);
  }
  if (idle !== undefined && strategy !== 'on-window-close') {
    throw new TypeError('idle needs the strategy on-window-close');
  }
  return { emit: strategy, idleMs: idleMsOf(idle) };
}

/** How long nothing has come when the clock takes over; undefined when it never does. */
export function idleMsOf(idle: Duration | undefined): number | undefined {
  if (idle === undefined) return undefined;
  const idleMs = durationMs(idle, 'idle');
  if (idleMs < 1) throw new RangeError(`idle must be at least a millisecond, got ${idle}`);
  return idleMs;
}
