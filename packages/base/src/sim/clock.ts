import type { Clock } from '../clock.ts';
import type { Engine } from './engine.ts';

/** A node's clock. Wall-clock time may be set by hand, as operators and time servers do; monotonic time may not. */
export interface SimClock extends Clock {
  /** Moves wall-clock time by `ms`, back when it is negative. */
  jump(ms: number): void;
  /** Lets wall-clock time pass at another rate: 1 is right, 0 stands still. */
  run(rate: number): void;
}

export function clockOf(engine: Engine, startMs: number): SimClock {
  let setMs = startMs;
  let setAtMs = 0;
  let rate = 1;
  const wallMs = () => setMs + (engine.nowMs - setAtMs) * rate;
  return {
    nowMs: () => Math.floor(wallMs()),
    monotonicMs: () => engine.nowMs,
    jump: (ms) => {
      setMs += ms;
    },
    run: (newRate) => {
      setMs = wallMs();
      setAtMs = engine.nowMs;
      rate = newRate;
    },
  };
}
