import { type Clock, EventQueue, type Timer, type Timers } from '@nagare/base';
import { nodePlatform } from '@nagare/base/node';

/** A clock that a test moves. A broker that is given it keeps all of its own time by it. */
export interface VirtualClock extends Clock {
  /** Wake-ups of that clock. {@link Timers.soon} needs no time and happens by itself. */
  readonly timers: Timers;
  /**
   * Lets time pass, and everything that is due happen in its order: sessions end, transactions time out, records expire.
   *
   * @param ms - Milliseconds, 0 or more.
   * @returns A promise that resolves when the time is there and what was due has been done, in a broker that keeps
   * everything in memory; one with a directory may still be writing.
   * @throws {RangeError} When `ms` is not a number of milliseconds, 0 or more.
   * @example
   * ```ts
   * const clock = createVirtualClock();
   * await using broker = await createBroker({ clock });
   * await clock.advance(7 * 24 * 3_600_000); // A week: retention has taken old records away.
   * ```
   */
  advance(ms: number): Promise<void>;
}

/**
 * Makes a clock that stands still until it is moved.
 *
 * @param options - `startMs`: the first time, in milliseconds since 1970. Default: now, so that records of clients in real
 * time are as old as they seem.
 */
export function createVirtualClock(options: { readonly startMs?: number } = {}): VirtualClock {
  return new MovedClock(options.startMs ?? nodePlatform().clock.nowMs());
}

/**
 * Turns of the event loop that what was begun may take at the end of an advance. Between two wake-ups one turn is enough for
 * the promises of the first; more would make a week of virtual time take long.
 */
const settlingTurns = 4;

class MovedClock implements VirtualClock {
  readonly #startMs: number;
  readonly #queue = new EventQueue();
  #passedMs = 0;
  /** Ends when the last call of {@link advance} has. */
  #tail: Promise<void> = Promise.resolve();

  readonly timers: Timers = {
    after: (delayMs, wake) => this.#after(delayMs, wake),
    soon: (run) => nodePlatform().timers.soon(run),
  };

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  nowMs(): number {
    return Math.floor(this.#startMs + this.#passedMs);
  }

  monotonicMs(): number {
    return this.#passedMs;
  }

  advance(ms: number): Promise<void> {
    if (!Number.isFinite(ms) || ms < 0) throw new RangeError(`Time passes by 0 or more milliseconds, not by ${ms}`);
    this.#tail = this.#tail.then(() => this.#advanceTo(this.#passedMs + ms));
    return this.#tail;
  }

  async #advanceTo(endMs: number): Promise<void> {
    await turns(settlingTurns);
    while (await this.#wakeUntil(endMs)) await turns(settlingTurns);
    this.#passedMs = endMs;
    await turns(settlingTurns);
  }

  /** Runs what is due. False when nothing was. */
  async #wakeUntil(endMs: number): Promise<boolean> {
    let hasWoken = false;
    for (let next = this.#queue.peek(); next !== undefined && next.atMs <= endMs; next = this.#queue.peek()) {
      hasWoken = true;
      this.#queue.pop();
      this.#passedMs = Math.max(this.#passedMs, next.atMs);
      next.run?.();
      await turns(1);
    }
    return hasWoken;
  }

  #after(delayMs: number, wake: () => void): Timer {
    const event = this.#queue.push(this.#passedMs + Math.max(0, delayMs), wake);
    const cancel = () => {
      event.run = undefined;
    };
    // What is due at once needs no time to pass.
    if (delayMs <= 0) {
      this.timers.soon(() => {
        const { run } = event;
        cancel();
        run?.();
      });
    }
    return { cancel };
  }
}

/** Lets what was begun go on as far as it can without time: promises, and work that is done once per turn. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) {
    await new Promise<void>((resolve) => nodePlatform().timers.soon(resolve));
  }
}
