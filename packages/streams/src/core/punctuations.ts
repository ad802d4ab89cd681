import type { Duration } from '../duration.ts';
import {
  type Cancellable,
  type PunctuationTimes,
  type PunctuationType,
  type Punctuator,
  punctuationTimes,
} from '../operators/punctuation.ts';

/** Punctuators that schedule others for the same time come to an end, or to this many. */
const runsMax = 10_000;

/** A punctuator, the node that it belongs to, and when it is due. */
export interface Punctuation {
  readonly node: string;
  readonly punctuator: Punctuator;
  readonly intervalMs: number;
  /** Whether it runs at whole intervals from a given time only. */
  readonly isAnchored: boolean;
  atMs: number;
  isCancelled: boolean;
}

/** Punctuations by one kind of time. */
export class PunctuationQueue {
  /** The earliest first; equal ones in the order in which they came here. */
  readonly #waiting: Punctuation[] = [];
  /** When the next one is due, or infinity. */
  nextMs = Number.POSITIVE_INFINITY;

  add(punctuation: Punctuation): void {
    const { atMs } = punctuation;
    let low = 0;
    let high = this.#waiting.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#waiting[middle] as Punctuation).atMs <= atMs) low = middle + 1;
      else high = middle;
    }
    this.#waiting.splice(low, 0, punctuation);
    this.#noteNext();
  }

  remove(punctuation: Punctuation): void {
    const at = this.#waiting.indexOf(punctuation);
    if (at >= 0) this.#waiting.splice(at, 1);
    this.#noteNext();
  }

  /** Lets those that run at fixed times pass over the ones that lie before `nowMs`. */
  skipTo(nowMs: number): void {
    const passed = this.#waiting.filter(({ isAnchored, atMs }) => isAnchored && atMs < nowMs);
    for (const punctuation of passed) {
      this.remove(punctuation);
      punctuation.atMs = following(punctuation.atMs, punctuation.intervalMs, nowMs);
      this.add(punctuation);
    }
  }

  /**
   * Calls everything that is due, each once however many of its intervals have passed, and those too that become due meanwhile.
   *
   * @param call - Returns whether to go on.
   */
  run(nowMs: number, call: (punctuation: Punctuation) => boolean): void {
    for (let runs = 0; this.nextMs <= nowMs; runs += 1) {
      if (runs === runsMax) throw new RangeError('punctuators that schedule others for the same time never end');
      const punctuation = this.#waiting.shift() as Punctuation;
      this.#noteNext();
      const goesOn = call(punctuation);
      if (!punctuation.isCancelled) {
        punctuation.atMs = following(punctuation.atMs, punctuation.intervalMs, nowMs);
        this.add(punctuation);
      }
      if (!goesOn) return;
    }
  }

  #noteNext(): void {
    this.nextMs = this.#waiting[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }
}

/** The punctuations of a task. */
export class Punctuations {
  readonly streamTime = new PunctuationQueue();
  readonly wallClock = new PunctuationQueue();
  /** What the clock showed when the task was last told, in milliseconds since 1970. */
  wallTimeMs: number;

  constructor(wallTimeMs: number) {
    this.wallTimeMs = wallTimeMs;
  }

  /**
   * Schedules as Kafka Streams does: by stream time from 0 on, so for the first time with the first record; by the wall clock an interval
   * from now on; both at fixed times when one is given to start with.
   */
  schedule(
    times: Duration | PunctuationTimes,
    type: PunctuationType,
    owner: { readonly node: string; readonly punctuator: Punctuator; readonly streamTimeMs: number },
  ): Cancellable {
    const { intervalMs, startMs } = punctuationTimes(times);
    const { node, punctuator } = owner;
    const nowMs = this.#nowOf(type, owner.streamTimeMs);
    const isAnchored = startMs !== undefined;
    const firstMs = startMs ?? (type === 'stream-time' ? 0 : nowMs + intervalMs);
    const atMs = isAnchored && firstMs < nowMs ? following(firstMs, intervalMs, nowMs) : firstMs;
    const queue = type === 'stream-time' ? this.streamTime : this.wallClock;
    const punctuation: Punctuation = { node, punctuator, intervalMs, isAnchored, atMs, isCancelled: false };
    queue.add(punctuation);
    return {
      cancel: () => {
        punctuation.isCancelled = true;
        queue.remove(punctuation);
      },
    };
  }

  #nowOf(type: PunctuationType, streamTimeMs: number): number {
    switch (type) {
      case 'stream-time':
        return streamTimeMs;
      case 'wall-clock-time':
        return this.wallTimeMs;
      default:
        throw new TypeError(`a punctuation is by stream-time or wall-clock-time, got ${String(type satisfies never)}`);
    }
  }
}

/** The first time after `nowMs` that lies whole intervals from `atMs`. */
function following(atMs: number, intervalMs: number, nowMs: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, atMs + (Math.floor((nowMs - atMs) / intervalMs) + 1) * intervalMs);
}
