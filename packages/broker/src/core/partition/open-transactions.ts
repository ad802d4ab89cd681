import type { ProducerEntry } from './producer-entry.ts';

/** A transaction that a marker has ended. */
export interface EndedTxn {
  readonly producerId: number;
  readonly firstOffset: number;
  /** That of the marker. */
  readonly lastOffset: number;
  /** Everything below is decided, as far as the log up to the marker tells. */
  readonly lastStableOffset: number;
}

/** The transactions of a partition that a reader of committed records must not get into yet. */
export class OpenTransactions {
  /** First offsets by producer. Transactions begin in the order of offsets, so the first entry is the earliest. */
  readonly #open = new Map<number, number>();
  /** Ended by markers that may not be committed yet, in the order of these. */
  #ended: EndedTxn[] = [];

  begin(producerId: number, firstOffset: number): void {
    this.#open.set(producerId, firstOffset);
  }

  /** Ends what a producer has open. Undefined when that is nothing. */
  end(producerId: number, lastOffset: number): EndedTxn | undefined {
    const firstOffset = this.#open.get(producerId);
    if (firstOffset === undefined) return undefined;
    this.#open.delete(producerId);
    const ended = { producerId, firstOffset, lastOffset, lastStableOffset: this.#firstOpen ?? lastOffset + 1 };
    this.#ended.push(ended);
    return ended;
  }

  /** Forgets the ended transactions whose markers are committed. */
  settle(highWatermark: number): void {
    if (this.#ended.length === 0 || (this.#ended[0] as EndedTxn).lastOffset >= highWatermark) return;
    this.#ended = this.#ended.filter(({ lastOffset }) => lastOffset >= highWatermark);
  }

  /** Where the earliest transaction begins that is open, or whose end is not committed; undefined without any. */
  get firstUnstableOffset(): number | undefined {
    let first = this.#firstOpen;
    for (const { firstOffset } of this.#ended) if (first === undefined || firstOffset < first) first = firstOffset;
    return first;
  }

  restore(entries: Iterable<ProducerEntry>): void {
    this.#open.clear();
    this.#ended = [];
    const open = [...entries].filter(({ currentTxnFirstOffset }) => currentTxnFirstOffset >= 0);
    open.sort((a, b) => a.currentTxnFirstOffset - b.currentTxnFirstOffset);
    for (const { producerId, currentTxnFirstOffset } of open) this.begin(producerId, currentTxnFirstOffset);
  }

  get #firstOpen(): number | undefined {
    for (const firstOffset of this.#open.values()) return firstOffset;
    return undefined;
  }
}
