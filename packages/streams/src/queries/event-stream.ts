import type { HttpAnswer, HttpSink, Timer, Timers } from '@nagare/base';
import type { Observable, Subscription } from '../rx.ts';
import { toJson } from './json-text.ts';

/** How often something is sent when nothing happens, so that nobody in between takes the connection for dead. */
const aliveIntervalMs = 15_000;
/** Keys whose last change waits for a reader that is slower than the changes. */
const waitingKeysMax = 10_000;

/** A change as it is shown. */
interface Shown {
  readonly key: unknown;
  readonly window: unknown;
}

/**
 * Sends changes as server-sent events, `change` each.
 *
 * A reader that is too slow gets the last change of each key when there is room again. One that so many keys wait for that it will not
 * catch up is told so, by the event `overflow`, and let go; `end` says that the application has ended.
 */
export function streamChanges(changes: Observable<Shown>, timers: Timers): HttpAnswer {
  return {
    status: 200,
    type: 'text/event-stream',
    open: (sink) => new EventStream(sink, timers).send(changes),
  };
}

class EventStream {
  readonly #sink: HttpSink;
  readonly #timers: Timers;
  readonly #waiting = new Map<string, string>();
  #isFull = false;
  #hasEnded = false;
  #alive: Timer | undefined;
  #subscription: Subscription | undefined;

  constructor(sink: HttpSink, timers: Timers) {
    this.#sink = sink;
    this.#timers = timers;
  }

  send(changes: Observable<Shown>): void {
    this.#sink.onDrain = () => this.#drain();
    this.#sink.onClose = () => this.#stop();
    this.#write(': changes\n\n');
    this.#keepAlive();
    this.#subscription = changes.subscribe({
      next: (change) => this.#take(change),
      error: () => this.#end('error'),
      complete: () => this.#end('end'),
    });
    if (this.#hasEnded) this.#stop();
  }

  #stop(): void {
    this.#hasEnded = true;
    this.#subscription?.unsubscribe();
    this.#alive?.cancel();
    this.#waiting.clear();
  }

  #take(change: Shown): void {
    const data = `event: change\ndata: ${toJson(change)}\n\n`;
    if (!this.#isFull) {
      this.#write(data);
      return;
    }
    const name = toJson([change.key, change.window]);
    // What was changed last goes last, as it happened.
    this.#waiting.delete(name);
    this.#waiting.set(name, data);
    if (this.#waiting.size > waitingKeysMax) this.#end('overflow');
  }

  #drain(): void {
    this.#isFull = false;
    for (const [name, data] of this.#waiting) {
      this.#waiting.delete(name);
      this.#write(data);
      if (this.#isFull) return;
    }
  }

  #end(event: 'end' | 'error' | 'overflow'): void {
    if (this.#hasEnded) return;
    this.#stop();
    this.#sink.write(`event: ${event}\ndata: {}\n\n`);
    this.#sink.end();
  }

  #write(text: string): void {
    if (!this.#sink.write(text)) this.#isFull = true;
  }

  #keepAlive(): void {
    this.#alive = this.#timers.after(aliveIntervalMs, () => {
      if (!this.#isFull) this.#write(': alive\n\n');
      this.#keepAlive();
    });
  }
}
