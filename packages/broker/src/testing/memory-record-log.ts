import type { ErrorName } from '@nagare/protocol';
import type { StoredPair, TxnEnd, TxnProducer } from '../core/shard.ts';
import type { TxnMarker } from '../core/transaction/txn-marker.ts';
import type { MarkerAppend, RecordLog } from '../host/shard-host.ts';

/** A log in memory whose appends are committed when the test says so. */
export class MemoryRecordLog implements RecordLog {
  readonly batches: (readonly StoredPair[])[] = [];
  /** The markers, by the number of batches that stand before each. */
  readonly markers: { readonly after: number; readonly end: TxnEnd }[] = [];
  /** What a marker is refused with. */
  markerError: ErrorName = 'NONE';
  /** Makes reading fail as long as it is set. */
  replayError: Error | undefined = undefined;
  isManual = false;
  replays = 0;
  readonly #pending: { readonly commit: () => void; readonly fail: (error: Error) => void }[] = [];

  get pendingCount(): number {
    return this.#pending.length;
  }

  append(records: readonly StoredPair[]): Promise<void> {
    return this.#write(() => this.batches.push(records));
  }

  checkProducer({ id, epoch }: TxnProducer): ErrorName {
    const epochs = this.markers.flatMap(({ end }) => (end.producerId === id ? [end.producerEpoch] : []));
    return epoch < Math.max(...epochs, -1) ? 'INVALID_PRODUCER_EPOCH' : 'NONE';
  }

  appendMarker({ producerId, producerEpoch, isCommit }: TxnMarker): MarkerAppend {
    if (this.markerError !== 'NONE') return { error: this.markerError, committed: Promise.resolve() };
    const end = { producerId, producerEpoch, isCommit };
    return { error: 'NONE', committed: this.#write(() => this.markers.push({ after: this.batches.length, end })) };
  }

  #write(commit: () => void): Promise<void> {
    if (!this.isManual) {
      commit();
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      this.#pending.push({
        commit: () => {
          commit();
          resolve();
        },
        fail: reject,
      });
    });
  }

  async replay(each: (record: StoredPair) => void, ended: (end: TxnEnd) => void): Promise<void> {
    this.replays += 1;
    if (this.replayError !== undefined) throw this.replayError;
    for (let index = 0; index <= this.batches.length; index++) {
      for (const { after, end } of this.markers) if (after === index) ended(end);
      this.batches[index]?.forEach(each);
    }
  }

  /** Commits the oldest append that waits. */
  commit(): void {
    this.#pending.shift()?.commit();
  }

  fail(error: Error): void {
    this.#pending.shift()?.fail(error);
  }
}
