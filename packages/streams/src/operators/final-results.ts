import type { ObservedTime, OperatorContext } from './define-operator.ts';

/** Lets something happen at most once in every emit interval of the host's time. */
export class Throttle {
  readonly #context: OperatorContext;
  #nextMs = Number.NEGATIVE_INFINITY;

  constructor(context: OperatorContext) {
    this.#context = context;
  }

  /** Whether it is time; if so, the next interval begins now. */
  take(): boolean {
    const { nowMs, emitIntervalMs } = this.#context;
    if (nowMs < this.#nextMs) return false;
    this.#nextMs = nowMs + emitIntervalMs;
    return true;
  }
}

/** How much longer than without final results a store keeps rows, so that none leaves before it was sent. */
export function heldMs(sizeMs: number): number {
  return Math.max(sizeMs, 60_000);
}

/**
 * How far the final results of closed windows have been sent: a time that is committed with the offsets.
 *
 * They are sent before a record changes anything: it cannot change what has closed, but it may move the store's time on.
 */
export class FinalResults {
  readonly #throttle: Throttle;
  readonly #heldMs: number;
  readonly #emitted: ObservedTime;

  /** @param of - The store of the windows, and their size. */
  constructor(context: OperatorContext, { store, sizeMs }: { readonly store: string; readonly sizeMs: number }) {
    this.#throttle = new Throttle(context);
    this.#heldMs = heldMs(sizeMs);
    this.#emitted = context.emittedTime(store);
  }

  /**
   * Sends what has closed since the last time, if it is time for that or the store could not wait for it.
   *
   * @param closeMs - The time before which windows are closed now.
   * @param send - Sends what closed between the two times; -1 stands for never. It returns whether it looked.
   */
  advance(closeMs: number, send: (lastCloseMs: number) => boolean): void {
    const last = this.#emitted.ms;
    if (!this.#throttle.take() && closeMs - last < this.#heldMs) return;
    if (last !== -1 && last >= closeMs) return;
    if (send(last)) this.#emitted.ms = closeMs;
  }
}
