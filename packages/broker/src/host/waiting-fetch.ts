import type { DelayedFetch, FetchPurgatory } from './fetch-purgatory.ts';
import type { FetchRead } from './fetch-read.ts';

export interface WaitingFetchOptions {
  readonly read: FetchRead;
  /** The bytes that are enough to answer with. */
  readonly bytesMin: number;
  readonly purgatory: FetchPurgatory;
  readonly waitMs: number;
  readonly answer: () => void;
  readonly fail: (error: unknown) => void;
}

/** A Fetch that waits until there is enough to read, or its time is up. */
export class WaitingFetch implements DelayedFetch {
  readonly #options: WaitingFetchOptions;
  #leave: () => void = () => {};
  #isReading = false;
  #isExpired = false;

  private constructor(options: WaitingFetchOptions) {
    this.#options = options;
  }

  /** Begins to wait after `read` has run once. */
  static begin(options: WaitingFetchOptions): void {
    const fetch = new WaitingFetch(options);
    fetch.#leave = options.purgatory.wait(fetch, options.read.partitions, options.waitMs);
    fetch.#lookAgain();
  }

  tryComplete(): boolean {
    if (this.#isReading) return false;
    const reading = this.#options.read.run();
    if (reading !== undefined) {
      this.#follow(reading);
      return false;
    }
    if (!this.#options.read.isEnough(this.#options.bytesMin)) return false;
    this.#options.answer();
    return true;
  }

  expire(): void {
    this.#isExpired = true;
    if (this.#isReading) return;
    const reading = this.#options.read.run();
    if (reading === undefined) this.#options.answer();
    else this.#follow(reading);
  }

  #follow(reading: Promise<void>): void {
    this.#isReading = true;
    reading.then(() => this.#afterReading(), this.#options.fail);
  }

  #afterReading(): void {
    this.#isReading = false;
    const { read, bytesMin, answer } = this.#options;
    if (this.#isExpired || read.isEnough(bytesMin)) {
      this.#leave();
      answer();
    } else this.#lookAgain();
  }

  /** Whoever changed a partition while a disk was read has woken nobody. */
  #lookAgain(): void {
    const { read, purgatory } = this.#options;
    for (const partition of read.stalePartitions()) purgatory.wake(partition);
  }
}
