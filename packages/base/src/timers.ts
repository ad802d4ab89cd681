/** A wake-up that has not happened yet. */
export interface Timer {
  /** Stops the wake-up. Does nothing when it has already happened. */
  cancel(): void;
}

/** The longest delay that {@link Timers.after} waits, in milliseconds; longer ones are shortened to it. */
export const timerDelayMsMax = 2 ** 31 - 1;

/** Calls back later. */
export interface Timers {
  /**
   * Calls `wake` once after `delayMs` milliseconds of monotonic time; at once (but not synchronously) when it is 0 or
   * less. A delay above {@link timerDelayMsMax} (24.8 days) counts as that much: who waits longer asks again when woken.
   */
  after(delayMs: number, wake: () => void): Timer;
  /** Calls `run` after the events that are already waiting, without waiting for a timer. For work done once per batch of events. */
  soon(run: () => void): void;
}
