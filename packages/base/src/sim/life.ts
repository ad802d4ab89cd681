import type { Clock } from '../clock.ts';
import type { Random } from '../random.ts';
import { seededRandom } from '../seeded-random.ts';
import { type Timer, type Timers, timerDelayMsMax } from '../timers.ts';
import type { Engine } from './engine.ts';

/** How a life of a node ends: the process dies, or the machine with it. */
export type Ending = 'crash' | 'power-loss';

/** One run of a node's process, from its start to its crash. Nothing that it waits for happens after its end. */
export class Life {
  readonly name: string;
  readonly engine: Engine;
  readonly random: Random;
  /** What else must happen at the end, such as the close of its connections. */
  readonly onEnd = new Set<(ending: Ending) => void>();
  #isAlive = true;

  constructor(name: string, engine: Engine, seed: string) {
    this.name = name;
    this.engine = engine;
    this.random = seededRandom(seed);
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Calls `run` after `delayMs` if the life goes on until then. */
  after(delayMs: number, run: () => void): Timer {
    const event = this.engine.schedule(delayMs, () => {
      event.run = undefined;
      if (this.#isAlive) run();
    });
    return {
      cancel: () => {
        event.run = undefined;
      },
    };
  }

  /** Does `act` after a while drawn from a range; the promise stays open for ever when the life ends before. */
  perform<Value>(what: string, [minMs, maxMs]: readonly [number, number], act: () => Value): Promise<Value> {
    return new Promise<Value>((resolve, reject) => {
      this.after(minMs + this.random.next() * (maxMs - minMs), () => {
        this.engine.note(`${this.name} ${what}`);
        try {
          resolve(act());
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  end(ending: Ending): void {
    if (!this.#isAlive) return;
    this.engine.note(`${this.name} ${ending}`);
    this.#isAlive = false;
    for (const act of this.onEnd) act(ending);
    this.onEnd.clear();
  }
}

export function timersOf(life: Life): Timers {
  return {
    after: (delayMs, wake) =>
      life.after(Math.min(delayMs, timerDelayMsMax), () => {
        life.engine.note(`${life.name} timer`);
        wake();
      }),
    soon: (run) => {
      life.after(0, run);
    },
  };
}

/** A node's clock. Wall-clock time may be set by hand, as operators and time servers do; monotonic time may not. */
export interface SimClock extends Clock {
  /** Moves wall-clock time by `ms`, back when it is negative. */
  jump(ms: number): void;
}

export function clockOf(engine: Engine, startMs: number): SimClock {
  let offsetMs = startMs;
  return {
    nowMs: () => Math.floor(offsetMs + engine.nowMs),
    monotonicMs: () => engine.nowMs,
    jump: (ms) => {
      offsetMs += ms;
    },
  };
}
