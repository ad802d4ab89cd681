/** A tail as its budget sees it. */
export interface Evictable {
  /** Lets the oldest batch go, if it may. Returns the bytes that are free now, 0 when none may go. */
  evictOldest(): number;
}

/** Bounds what the tails of all logs keep together: those that grew least recently shrink first. */
export class TailBudget {
  readonly bytesMax: number;
  #bytes = 0;
  /** In the order of their last growth. */
  readonly #tails = new Set<Evictable>();

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Notes that a tail grew, and makes others (in the end the tail itself) shrink for it. */
  grew(tail: Evictable, bytes: number): void {
    this.#bytes += bytes;
    this.#tails.delete(tail);
    this.#tails.add(tail);
    if (this.#bytes > this.bytesMax) this.#shrink();
  }

  /** Notes that a tail let go of bytes by itself. */
  shrank(bytes: number): void {
    this.#bytes -= bytes;
  }

  /** Notes that a tail has gone, with what it kept. */
  left(tail: Evictable, bytes: number): void {
    this.#bytes -= bytes;
    this.#tails.delete(tail);
  }

  #shrink(): void {
    for (const tail of this.#tails) {
      for (let freed = -1; freed !== 0; ) {
        if (this.#bytes <= this.bytesMax) return;
        freed = tail.evictOldest();
        this.#bytes -= freed;
      }
      this.#tails.delete(tail);
    }
  }
}
