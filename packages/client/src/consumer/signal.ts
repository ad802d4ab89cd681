import type { Timers } from '@nagare/base';

/** Wakes the one loop that waits for something to change. A change that comes before the wait is not lost. */
export class Signal {
  readonly #timers: Timers;
  #hasFired = false;
  #wake: (() => void) | undefined;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  fire(): void {
    this.#hasFired = true;
    this.#wake?.();
  }

  /** Waits for a change, for at most `timeoutMs`; rejects with the reason of `signal` when it aborts before. */
  wait(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    if (this.#hasFired) {
      this.#hasFired = false;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        this.#wake = undefined;
        this.#hasFired = false;
        timer.cancel();
        signal?.removeEventListener('abort', abort);
        settle();
      };
      const abort = () => end(() => reject(signal?.reason));
      const timer = this.#timers.after(timeoutMs, () => end(resolve));
      this.#wake = () => end(resolve);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** Waits until `work` settles, for at most `timeoutMs`. */
  within(timeoutMs: number, work: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        timer.cancel();
        resolve();
      };
      const timer = this.#timers.after(timeoutMs, end);
      work.then(end, end);
    });
  }
}
