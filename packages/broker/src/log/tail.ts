/** A batch that is kept in memory. */
export interface TailBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly bytes: Buffer;
}

/** What of a tail a reader wants. */
export interface ReadRange {
  /** The first batch is the one that holds this offset, or the first after it. */
  readonly offset: number;
  /** Batches are given up to this size; the first one whatever its size. */
  readonly bytesMax: number;
  /** Batches end before this offset. */
  readonly upTo: number;
}

/** About what a batch in a tail takes beside its bytes: the objects that stand for it. */
export const batchOverheadBytes = 200;

function costOf({ bytes }: TailBatch): number {
  return bytes.length + batchOverheadBytes;
}

/** Drop the head of the list in bulk rather than one by one. */
const deadHeadMax = 512;

/** The newest batches of a log, without a gap up to its end: what readers at the end are served from. */
export class Tail {
  #batches: TailBatch[] = [];
  #head = 0;
  #bytes = 0;

  /** What the batches take, with the objects that stand for them. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#head === this.#batches.length;
  }

  /** The first offset of the oldest batch; Infinity when there is none. */
  get firstOffset(): number {
    return this.#batches[this.#head]?.baseOffset ?? Number.POSITIVE_INFINITY;
  }

  /** Returns the bytes that it takes. */
  push(batch: TailBatch): number {
    this.#batches.push(batch);
    const cost = costOf(batch);
    this.#bytes += cost;
    return cost;
  }

  /** The oldest batch leaves, unless it ends at `keepFrom` or later. Returns the bytes that are free now. */
  dropOldest(keepFrom: number): number {
    const oldest = this.#batches[this.#head];
    if (oldest === undefined || oldest.lastOffset >= keepFrom) return 0;
    this.#head += 1;
    const cost = costOf(oldest);
    this.#bytes -= cost;
    if (this.#head >= deadHeadMax && this.#head * 2 >= this.#batches.length) this.#compact();
    else this.#batches[this.#head - 1] = emptyBatch;
    return cost;
  }

  /** The batches that end at `offset` or later leave. Returns the bytes that are free now. */
  truncateTo(offset: number): number {
    const index = this.#indexOf(offset);
    let freed = 0;
    for (const batch of this.#batches.splice(index)) freed += costOf(batch);
    this.#bytes -= freed;
    return freed;
  }

  /** Puts batches in the place of those between two offsets, at which batches begin. */
  replace({ from, to }: { readonly from: number; readonly to: number }, batches: readonly TailBatch[]): void {
    const first = this.#indexOf(from);
    const end = this.#indexOf(to);
    for (const batch of this.#batches.slice(first, end)) this.#bytes -= costOf(batch);
    for (const batch of batches) this.#bytes += costOf(batch);
    this.#batches = [...this.#batches.slice(this.#head, first), ...batches, ...this.#batches.slice(end)];
    this.#head = 0;
  }

  /** The batches of a range that starts in this tail. */
  read({ offset, bytesMax, upTo }: ReadRange): Buffer[] {
    const found: Buffer[] = [];
    let room = bytesMax;
    for (let index = this.#indexOf(offset); index < this.#batches.length; index += 1) {
      const { lastOffset, bytes } = this.#batches[index]!;
      room -= bytes.length;
      if (lastOffset >= upTo || (room < 0 && found.length > 0)) break;
      found.push(bytes);
    }
    return found;
  }

  /** The batches from the one that holds `offset` on. */
  *from(offset: number): IterableIterator<TailBatch> {
    for (let index = this.#indexOf(offset); index < this.#batches.length; index += 1) yield this.#batches[index]!;
  }

  /** The first batch that ends at `offset` or later. */
  #indexOf(offset: number): number {
    let low = this.#head;
    let high = this.#batches.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#batches[middle]!.lastOffset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compact(): void {
    this.#batches = this.#batches.slice(this.#head);
    this.#head = 0;
  }
}

/** Stands where a batch was, so that its bytes can go. */
const emptyBatch: TailBatch = Object.freeze({ baseOffset: -1, lastOffset: -1, bytes: Buffer.alloc(0) });
