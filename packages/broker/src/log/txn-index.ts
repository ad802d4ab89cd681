import { readInt64, writeInt64 } from '@nagare/protocol';
import type { EndedTxn } from '../core/partition/open-transactions.ts';
import { IndexEntries } from './index-entries.ts';

/** Bytes of an entry: a version, producer id, first and last offset, and the last stable offset of then. */
export const txnEntryBytes = 34;

const version = 0;

/** Which transactions a range of offsets has to do with. */
export interface TxnSearch {
  readonly fromOffset: number;
  /** Exclusive. */
  readonly toOffset: number;
}

/** The aborted transactions whose markers stand in a segment, in the order of the markers. */
export class TxnIndex {
  readonly entries: IndexEntries;

  constructor(written?: Buffer) {
    this.entries = new IndexEntries(txnEntryBytes, written);
  }

  get isEmpty(): boolean {
    return this.entries.count === 0;
  }

  append({ producerId, firstOffset, lastOffset, lastStableOffset }: EndedTxn): void {
    const at = this.entries.add();
    const { bytes } = this.entries;
    bytes.writeInt16BE(version, at);
    writeInt64(bytes, producerId, at + 2);
    writeInt64(bytes, firstOffset, at + 10);
    writeInt64(bytes, lastOffset, at + 18);
    writeInt64(bytes, lastStableOffset, at + 26);
  }

  /** Adds the transactions that overlap a range to `found`. True when no later entry can have to do with it. */
  collect({ fromOffset, toOffset }: TxnSearch, found: EndedTxn[]): boolean {
    const { count } = this.entries;
    // Markers come in the order of offsets, so that those before the range stand first.
    const first = this.entries.lastWhere((at) => this.#lastOffset(at) < fromOffset) + 1;
    for (let index = first; index < count; index += 1) {
      const txn = this.at(index);
      if (txn.firstOffset < toOffset) found.push(txn);
      if (txn.lastStableOffset >= toOffset) return true;
    }
    return false;
  }

  at(index: number): EndedTxn {
    const at = this.entries.at(index);
    const { bytes } = this.entries;
    return {
      producerId: readInt64(bytes, at + 2),
      firstOffset: readInt64(bytes, at + 10),
      lastOffset: this.#lastOffset(at),
      lastStableOffset: readInt64(bytes, at + 26),
    };
  }

  /** Removes the transactions whose markers stand at `offset` or behind it. */
  truncateTo(offset: number): void {
    this.entries.truncate(this.entries.lastWhere((at) => this.#lastOffset(at) < offset) + 1);
  }

  /** Whether the bytes of a file can be the index of a segment that begins at an offset. */
  isSane(baseOffset: number): boolean {
    const { bytes, entryBytes, count } = this.entries;
    if (bytes.length !== count * entryBytes) return false;
    let before = baseOffset - 1;
    for (let index = 0; index < count; index += 1) {
      const at = this.entries.at(index);
      const lastOffset = this.#lastOffset(at);
      if (bytes.readInt16BE(at) !== version || lastOffset <= before) return false;
      before = lastOffset;
    }
    return true;
  }

  #lastOffset(at: number): number {
    return readInt64(this.entries.bytes, at + 18);
  }
}
