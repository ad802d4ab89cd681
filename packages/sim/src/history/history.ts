import type { HistoryEvent, MicroOperation, OperationKind } from './event.ts';

type Details = Omit<HistoryEvent, 'i' | 't' | 'proc' | 'type' | 'f' | 'mops'>;

/** An operation that was invoked and has not ended. */
export interface Invocation {
  /** What it turns out to ask for, told before it asks: a process that dies then leaves no other word of it. */
  asks(mops: readonly MicroOperation[]): void;
  ok(mops?: readonly MicroOperation[], details?: Details): void;
  /** It certainly had no effect. */
  fail(error: string): void;
  /** Nobody knows; what is known of its parts goes with it. */
  info(error: string, mops?: readonly MicroOperation[]): void;
}

/** Writes down what clients do and learn, in the order in which it happens. */
export class History {
  readonly events: HistoryEvent[] = [];
  readonly #nowMs: () => number;
  #lastProcess = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** A number for a new process: one producer, one consumer, until one of them no longer knows what it did. */
  newProcess(): number {
    this.#lastProcess += 1;
    return this.#lastProcess;
  }

  invoke(proc: number, f: OperationKind, mops: readonly MicroOperation[] = [], details: Details = {}): Invocation {
    const place = this.events.length;
    let asked = mops;
    this.#add({ proc, type: 'invoke', f, mops, ...details });
    return {
      asks: (all) => {
        asked = all;
        this.events[place] = { ...(this.events[place] as HistoryEvent), mops: all };
      },
      ok: (results = asked, more = {}) => this.#add({ proc, type: 'ok', f, mops: results, ...details, ...more }),
      fail: (err) => this.#add({ proc, type: 'fail', f, mops: asked, ...details, err }),
      info: (err, results = asked) => this.#add({ proc, type: 'info', f, mops: results, ...details, err }),
    };
  }

  /** One JSON line for each event. */
  toText(): string {
    return this.events.map((event) => `${JSON.stringify(event)}\n`).join('');
  }

  #add(event: Omit<HistoryEvent, 'i' | 't'>): void {
    this.events.push({ i: this.events.length, t: Math.round(this.#nowMs() * 1_000_000), ...event });
  }
}
