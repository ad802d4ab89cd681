/**
 * Runs one piece of work again and again, never twice at a time. Who asks while it runs shares with the others the run
 * after it: that is what makes one write, or one sync, serve a group.
 */
export class SharedRun {
  readonly #work: () => Promise<void>;
  #current: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  /** Settles as a run does that starts after now. Who asked for the work alone may let go of it. */
  request(): Promise<void> {
    if (this.#next === undefined) {
      this.#next = this.#runNext();
      this.#next.catch(() => {});
    }
    return this.#next;
  }

  /** Resolves when what was asked for has ended, however it did. */
  async ended(): Promise<void> {
    await (this.#next ?? this.#current).catch(() => {});
  }

  async #runNext(): Promise<void> {
    // Also when nothing runs, the start waits for the callers of this turn.
    await this.#current.catch(() => {});
    this.#current = this.#next!;
    this.#next = undefined;
    await this.#work();
  }
}
