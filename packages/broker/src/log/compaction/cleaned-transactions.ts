import { baseOffset, isTransactional, lastOffset, producerId, readEndTxnMarker, recordCount } from '@nagare/protocol';
import type { EndedTxn } from '../../core/partition/open-transactions.ts';

interface OngoingAbort {
  readonly txn: EndedTxn;
  hasData: boolean;
}

/**
 * Which transactions the batches of a log belong to, as compaction reads them in order: what was aborted goes, and a marker
 * may go once nothing of its transaction is left.
 */
export class CleanedTransactions {
  /** By first offset, rising. */
  readonly #aborted: readonly EndedTxn[];
  #next = 0;
  readonly #ongoingAborts = new Map<number, OngoingAbort>();
  /** Producers with data of a transaction that was committed, or is open. */
  readonly #withData = new Set<number>();

  constructor(aborted: readonly EndedTxn[]) {
    this.#aborted = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  }

  /** Takes a batch of data in. Returns whether it was aborted. */
  isAborted(batch: Buffer): boolean {
    this.#beginUpTo(lastOffset(batch));
    if (!isTransactional(batch)) return false;
    const ongoing = this.#ongoingAborts.get(producerId(batch));
    if (ongoing === undefined) this.#withData.add(producerId(batch));
    // Also when an earlier round has emptied it: without its end the transaction would be open for ever.
    else ongoing.hasData = true;
    return ongoing !== undefined;
  }

  /**
   * Takes a control batch in. Returns whether it ends a transaction without data, and if it must stay because it hides some,
   * the entry that readers need to know it by.
   */
  endAt(batch: Buffer): { readonly isOfNothing: boolean; readonly aborted?: EndedTxn } {
    this.#beginUpTo(lastOffset(batch));
    if (recordCount(batch) === 0) return { isOfNothing: true };
    const marker = readEndTxnMarker(batch);
    if (marker === undefined) return { isOfNothing: false };
    const { producerId: id } = marker;
    if (marker.type === 'commit') return { isOfNothing: !this.#withData.delete(id) };
    const ongoing = this.#ongoingAborts.get(id);
    this.#ongoingAborts.delete(id);
    return ongoing?.hasData === true ? { isOfNothing: false, aborted: ongoing.txn } : { isOfNothing: true };
  }

  /** The entry of the transaction that a control batch aborts, which compaction leaves as it is. */
  abortedBy(batch: Buffer): EndedTxn | undefined {
    const offset = baseOffset(batch);
    return this.#aborted.find((txn) => txn.lastOffset === offset);
  }

  #beginUpTo(offset: number): void {
    for (;;) {
      const txn = this.#aborted[this.#next];
      if (txn === undefined || txn.firstOffset > offset) return;
      this.#next += 1;
      if (!this.#ongoingAborts.has(txn.producerId)) this.#ongoingAborts.set(txn.producerId, { txn, hasData: false });
    }
  }
}
