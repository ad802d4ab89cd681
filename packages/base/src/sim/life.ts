import type { Random } from '../random.ts';
import { seededRandom } from '../seeded-random.ts';
import { type Timer, type Timers, timerDelayMsMax } from '../timers.ts';
import type { Engine } from './engine.ts';

/** How a life of a node ends: the process dies, or the machine with it. */
export type Ending = 'crash' | 'power-loss';

/** A moment at an operation of the disk: before it has its effect, or after, when the process has not learned of it. */
export type Moment = 'before' | 'after';

/** Something to happen at an operation of the disk that is named by a matcher, the n-th of those. */
export interface Trap {
  readonly matches: (operation: string) => boolean;
  readonly moment: Moment;
  readonly spring: () => void;
  left: number;
}

/** One run of a node's process, from its start to its crash. Nothing that it waits for happens after its end. */
export class Life {
  readonly name: string;
  readonly engine: Engine;
  readonly random: Random;
  /** What else must happen at the end, such as the close of its connections. */
  readonly onEnd = new Set<(ending: Ending) => void>();
  readonly #traps = new Set<Trap>();
  #isAlive = true;
  /** What waits for a stopped process to go on; undefined while it runs. */
  #backlog: (() => void)[] | undefined = undefined;
  #isStopped = false;

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
    let isCancelled = false;
    const event = this.engine.schedule(delayMs, () => {
      event.run = undefined;
      this.deliver(() => {
        if (!isCancelled) run();
      });
    });
    return {
      cancel: () => {
        isCancelled = true;
        event.run = undefined;
      },
    };
  }

  /** Does `act` after a while drawn from a range; the promise stays open for ever when the life ends before. */
  perform<Value>(what: string, [minMs, maxMs]: readonly [number, number], act: () => Value): Promise<Value> {
    return new Promise<Value>((resolve, reject) => {
      this.engine.schedule(minMs + this.random.next() * (maxMs - minMs), () => {
        if (!this.#isAlive) return;
        this.engine.note(`${this.name} ${what}`);
        this.#spring(what, 'before');
        if (!this.#isAlive) return;
        const tell = outcomeOf(act, resolve, reject);
        this.#spring(what, 'after');
        this.deliver(tell);
      });
    });
  }

  /** Lets the process have an event: now, or when it goes on after a {@link stop}. */
  deliver(run: () => void): void {
    if (!this.#isAlive) return;
    if (this.#backlog === undefined) run();
    else this.#backlog.push(run);
  }

  /** Stops the process as SIGSTOP does: the machine goes on, and what it has for the process waits. */
  stop(): void {
    if (!this.#isAlive || this.#isStopped) return;
    this.engine.note(`${this.name} stop`);
    this.#isStopped = true;
    this.#backlog ??= [];
  }

  /** Lets a stopped process have all that has waited, one event after the other, before anything new. */
  resume(): void {
    if (!this.#isAlive || !this.#isStopped) return;
    this.engine.note(`${this.name} resume`);
    this.#isStopped = false;
    this.#drain();
  }

  setTrap(trap: Trap): void {
    this.#traps.add(trap);
  }

  end(ending: Ending): void {
    if (!this.#isAlive) return;
    this.engine.note(`${this.name} ${ending}`);
    this.#isAlive = false;
    for (const act of this.onEnd) act(ending);
    this.onEnd.clear();
  }

  #drain(): void {
    if (!this.#isAlive || this.#isStopped) return;
    const next = this.#backlog?.shift();
    if (next === undefined) {
      this.#backlog = undefined;
      return;
    }
    next();
    this.engine.schedule(0, () => this.#drain());
  }

  #spring(what: string, moment: Moment): void {
    for (const trap of this.#traps) {
      if (trap.moment !== moment || !trap.matches(what)) continue;
      trap.left -= 1;
      if (trap.left > 0) continue;
      this.#traps.delete(trap);
      trap.spring();
    }
  }
}

/** Acts now, and gives what tells of it. */
function outcomeOf<Value>(
  act: () => Value,
  resolve: (value: Value) => void,
  reject: (error: unknown) => void,
): () => void {
  try {
    const value = act();
    return () => resolve(value);
  } catch (error) {
    return () => reject(error);
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
