import type { AddEvent } from './add-partitions.ts';

/** An AddPartitions that waits for the end of the transaction before it. */
export interface ParkedAdd {
  readonly ticket: number;
  readonly event: AddEvent;
  readonly untilMs: number;
}

/** Requests that came too early for the next transaction of their id, in the order in which they came. */
export class ParkedAdds {
  readonly #byId = new Map<string, readonly ParkedAdd[]>();

  park(add: ParkedAdd): void {
    const { transactionalId } = add.event;
    this.#byId.set(transactionalId, [...(this.#byId.get(transactionalId) ?? []), add]);
  }

  /** Takes those of an id. */
  take(transactionalId: string): readonly ParkedAdd[] {
    const parked = this.#byId.get(transactionalId) ?? [];
    this.#byId.delete(transactionalId);
    return parked;
  }

  /** Takes those that have waited long enough. */
  takeLate(nowMs: number): readonly ParkedAdd[] {
    const late = [...this.#byId.values()].flat().filter(({ untilMs }) => untilMs <= nowMs);
    for (const id of new Set(late.map(({ event }) => event.transactionalId))) {
      const left = this.take(id).filter(({ untilMs }) => untilMs > nowMs);
      if (left.length > 0) this.#byId.set(id, left);
    }
    return late;
  }

  /** When the first of them has waited long enough; Infinity when there are none. */
  get nextMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const parked of this.#byId.values()) for (const { untilMs } of parked) next = Math.min(next, untilMs);
    return next;
  }
}
