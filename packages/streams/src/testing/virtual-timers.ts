import { EventQueue, type Timer, type Timers } from '@nagare/base';

/** Timers that run when a test lets time go by. */
export class VirtualTimers implements Timers {
  readonly #events = new EventQueue();
  #nowMs = 0;

  after(delayMs: number, wake: () => void): Timer {
    const event = this.#events.push(this.#nowMs + Math.max(0, delayMs), wake);
    return {
      cancel: () => {
        event.run = undefined;
      },
    };
  }

  soon(run: () => void): void {
    this.after(0, run);
  }

  /** Runs what is due by then, in its order. */
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (let next = this.#events.peek(); next !== undefined && next.atMs <= untilMs; next = this.#events.peek()) {
      this.#events.pop();
      this.#nowMs = next.atMs;
      next.run?.();
    }
    this.#nowMs = untilMs;
  }
}
