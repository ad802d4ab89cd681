/** Something that happens at a moment of virtual time. `run` is undefined once it was cancelled. */
export interface SimEvent {
  readonly atMs: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** Events by time, and by the order of scheduling at the same time: a binary heap. */
export class EventQueue {
  readonly #heap: SimEvent[] = [];
  #scheduled = 0;

  push(atMs: number, run: () => void): SimEvent {
    const event: SimEvent = { atMs, order: this.#scheduled++, run };
    this.#heap.push(event);
    this.#rise(this.#heap.length - 1);
    return event;
  }

  /** The next event that was not cancelled. */
  peek(): SimEvent | undefined {
    while (this.#heap.length > 0 && this.#heap[0]!.run === undefined) this.#removeFirst();
    return this.#heap[0];
  }

  pop(): SimEvent | undefined {
    const event = this.peek();
    if (event !== undefined) this.#removeFirst();
    return event;
  }

  #removeFirst(): void {
    const last = this.#heap.pop()!;
    if (this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #rise(from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfBefore(index, parent)) return;
      index = parent;
    }
  }

  #sink(from: number): void {
    let index = from;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      if (left >= this.#heap.length) return;
      const child = right < this.#heap.length && isBefore(this.#heap[right]!, this.#heap[left]!) ? right : left;
      if (!this.#swapIfBefore(child, index)) return;
      index = child;
    }
  }

  #swapIfBefore(lower: number, upper: number): boolean {
    const below = this.#heap[lower]!;
    const above = this.#heap[upper]!;
    if (!isBefore(below, above)) return false;
    this.#heap[lower] = above;
    this.#heap[upper] = below;
    return true;
  }
}

function isBefore(a: SimEvent, b: SimEvent): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
