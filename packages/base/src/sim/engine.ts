import { assert } from '../assert.ts';
import { EventQueue, type SimEvent } from './event-queue.ts';
import { Trace } from './trace.ts';

/** Virtual time: runs one event after the other and jumps over the time between them. */
export class Engine {
  readonly trace: Trace;
  readonly #queue = new EventQueue();
  #nowMs = 0;
  #isRunning = false;

  constructor(tell?: (line: string) => void) {
    this.trace = new Trace(tell);
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  schedule(delayMs: number, run: () => void): SimEvent {
    return this.#queue.push(this.#nowMs + Math.max(0, delayMs), run);
  }

  note(line: string, bytes?: Buffer): void {
    this.trace.note(`${this.#nowMs} ${line}`, bytes);
  }

  /**
   * Runs the events up to and including `endMs`, until `isDone`.
   *
   * @returns whether `isDone` held; the time is `endMs` when it did not and events or time ran out.
   */
  async run(endMs: number, isDone: () => boolean): Promise<boolean> {
    assert(!this.#isRunning, 'A simulation runs one call at a time: await the one before');
    this.#isRunning = true;
    try {
      for (;;) {
        await promisesToSettle();
        if (isDone()) return true;
        const next = this.#queue.peek();
        if (next === undefined || next.atMs > endMs) break;
        this.#queue.pop();
        this.#nowMs = next.atMs;
        next.run?.();
      }
      this.#nowMs = Math.max(this.#nowMs, endMs);
      return false;
    } finally {
      this.#isRunning = false;
    }
  }

  get hasEvents(): boolean {
    return this.#queue.peek() !== undefined;
  }
}

/** Node runs every promise reaction that is ready, and those that these make ready, before the next immediate. */
function promisesToSettle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
