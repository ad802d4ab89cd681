import { type Timer, type Timers, timerDelayMsMax } from '../timers.ts';

class NodeTimer implements Timer {
  readonly #timeout: NodeJS.Timeout;

  constructor(delayMs: number, wake: () => void) {
    this.#timeout = setTimeout(wake, delayMs);
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }
}

export const nodeTimers: Timers = {
  // Without the bound, Node turns a delay of 2^31 or more into 1 ms.
  after: (delayMs, wake) => new NodeTimer(Math.min(delayMs, timerDelayMsMax), wake),
  soon: (run) => {
    setImmediate(run);
  },
};
