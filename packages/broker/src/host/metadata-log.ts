import type { StoredPair } from '../core/shard.ts';

/** One batch of `__cluster_metadata`. */
export interface MetadataBatch {
  readonly leaderEpoch: number;
  /** Whether it belongs to the quorum's protocol rather than to the metadata. */
  readonly isControl: boolean;
  readonly records: readonly StoredPair[];
}

/** The log of the metadata, as the controller sees it. */
export interface MetadataLog {
  /** The offset after the last record. */
  readonly endOffset: number;
  /** The first offset that is still there. */
  readonly startOffset: number;
  /** Calls `each` for every batch from an offset on, oldest first. The offset must be the first of a batch. */
  replay(from: number, each: (batch: MetadataBatch) => void): Promise<void>;
  /** Appends a batch. Resolves when no crash can lose it; after a rejection the log must not be used again. */
  append(batch: MetadataBatch): Promise<void>;
  /** Begins a new segment: what was appended so far can later go as a whole. */
  roll(): void;
  /** Gives up what stands before an offset, as far as whole segments do. */
  deleteBefore(offset: number): void;
}

/** A log that lives as long as the process. */
export class MemoryMetadataLog implements MetadataLog {
  readonly #batches: MetadataBatch[] = [];
  #endOffset = 0;
  startOffset = 0;

  get endOffset(): number {
    return this.#endOffset;
  }

  async replay(from: number, each: (batch: MetadataBatch) => void): Promise<void> {
    let offset = this.startOffset;
    for (const batch of this.#batches) {
      if (offset >= from) each(batch);
      offset += batch.records.length;
    }
  }

  async append(batch: MetadataBatch): Promise<void> {
    this.#batches.push(batch);
    this.#endOffset += batch.records.length;
  }

  roll(): void {}

  deleteBefore(offset: number): void {
    for (let first = this.#batches[0]; first !== undefined; first = this.#batches[0]) {
      if (this.startOffset + first.records.length > offset) return;
      this.startOffset += first.records.length;
      this.#batches.shift();
    }
  }
}
