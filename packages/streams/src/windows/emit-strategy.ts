/**
 * When windowed results are sent: every new state, or only the last one, once the window has closed (KIP-825).
 *
 * Closed windows are looked for when a record comes, at most every second of the clock's time (`emitIntervalMs`).
 */
export type EmitStrategy = 'on-window-update' | 'on-window-close';

/** Checks a strategy that the application gave. */
export function checkEmitStrategy(strategy: EmitStrategy): EmitStrategy {
  if (strategy === 'on-window-update' || strategy === 'on-window-close') return strategy;
  throw new TypeError(`emitStrategy must be on-window-update or on-window-close, got ${String(strategy)}`);
}
